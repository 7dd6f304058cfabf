/** A model's layers as one list, those of nested models included. Each layer comes after the layers that it depends on. */
export interface Network {
  /** Numbers of the tensors that are the model's inputs, in the model's order. */
  readonly inputs: readonly number[];
  readonly layers: readonly LayerNode[];
  readonly output: number;
}

export interface LayerNode {
  readonly className: string;
  /** Names of the models around the layer and of the layer, from the outside in, joined by `/`. */
  readonly path: string;
  /** Indices in the lists of layers, from the outside in, joined by `/`, as in src/model/layers.ts. */
  readonly place: string;
  /** The layer's own name. The names of its weights begin with it. */
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly number[];
  readonly output: number;
}

/** Thrown where this engine can't run a model. The message names the layer that is the reason. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered';
}

/**
 * Reads a model's JSON.
 * @throws NotCovered unless the model is a graph in which each layer is applied once
 */
export function readNetwork(topology: unknown): Network {
  return new Reader().read(topology);
}

const MODELS: ReadonlySet<string> = new Set(['Functional', 'Model', 'Sequential']);

class Reader {
  readonly #layers: LayerNode[] = [];
  #tensors = 0;

  read(topology: unknown): Network {
    const inputs: number[] = [];
    const output = this.#model(record(topology, 'the model'), OUTERMOST, inputs, null);
    return { inputs, layers: this.#layers, output };
  }

  /**
   * Adds a model's layers.
   * @param given tensors that a nested model is applied to; null for new ones, which are appended to `inputs`
   */
  #model(model: Json, within: Within, inputs: number[], given: readonly number[] | null): number {
    const config: unknown = model['config'];
    const list: unknown = Array.isArray(config) ? config : record(config, within.name)['layers'];
    if (!Array.isArray(list)) throw new NotCovered(`${within.name} has no list of layers`);
    const layers = list.map((item: unknown, i): Listed => {
      const json = record(item, `a layer of ${within.name}`);
      const name = nameOf(json);
      return { json, name, path: within.path + name, place: `${within.place}${i}` };
    });
    if (model['class_name'] === 'Sequential') return this.#sequence(layers, inputs, given);
    return this.#graph(layers, record(config, within.name), within, inputs, given);
  }

  #sequence(layers: readonly Listed[], inputs: number[], given: readonly number[] | null): number {
    let tensor = given?.[0];
    if (tensor === undefined) {
      tensor = this.#tensors++;
      inputs.push(tensor);
    }
    for (const [i, layer] of layers.entries()) {
      const isRepeated = layers.findIndex(({ name }) => name === layer.name) < i;
      if (isRepeated) throw new NotCovered(`layer "${layer.path}" is applied twice`);
      if (layer.json['class_name'] !== 'InputLayer') tensor = this.#apply(layer, [tensor]);
    }
    return tensor;
  }

  #graph(
    layers: readonly Listed[],
    config: Json,
    within: Within,
    inputs: number[],
    given: readonly number[] | null,
  ): number {
    const byName = new Map(layers.map((layer) => [layer.name, layer]));
    const tensors = new Map<string, number>();
    for (const [i, name] of ends(config['input_layers'], within.name).entries()) {
      const tensor = given?.[i] ?? this.#tensors++;
      if (given === null) inputs.push(tensor);
      tensors.set(name, tensor);
    }
    const tensorOf = (name: string): number => {
      const known = tensors.get(name);
      if (known !== undefined) return known;
      const layer = byName.get(name);
      if (layer === undefined) throw new NotCovered(`layer "${within.path}${name}" is not in the model's JSON`);
      const nodes: unknown = layer.json['inbound_nodes'];
      if (!Array.isArray(nodes) || nodes.length !== 1) {
        throw new NotCovered(`layer "${layer.path}" is applied ${Array.isArray(nodes) ? nodes.length : 0} times`);
      }
      const tensor = this.#apply(layer, ends(nodes[0], within.name).map(tensorOf));
      tensors.set(name, tensor);
      return tensor;
    };
    const [output, ...more] = ends(config['output_layers'], within.name);
    if (output === undefined || more.length > 0) throw new NotCovered(`${within.name} has not one output`);
    return tensorOf(output);
  }

  #apply({ json, name, path, place }: Listed, inputs: readonly number[]): number {
    const className = String(json['class_name']);
    if (MODELS.has(className)) {
      return this.#model(json, { name: `model "${path}"`, path: `${path}/`, place: `${place}/` }, [], inputs);
    }
    const output = this.#tensors++;
    const config = record(json['config'], `layer "${path}"`);
    this.#layers.push({ className, path, place, name, config, inputs, output });
    return output;
  }
}

/** A layer in a model's list. */
interface Listed {
  readonly json: Json;
  readonly name: string;
  readonly path: string;
  readonly place: string;
}

/** A model: its name in messages, and the prefixes of its layers' paths and places. */
interface Within {
  readonly name: string;
  readonly path: string;
  readonly place: string;
}

const OUTERMOST: Within = { name: 'the model', path: '', place: '' };

type Json = Readonly<Record<string, unknown>>;

function record(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NotCovered(`the JSON of ${where} is not an object`);
  }
  return value as Json;
}

function nameOf(layer: Json): string {
  return String(layer['name'] ?? record(layer['config'], 'a layer')['name']);
}

/** Names of layers in a list of `[name, node, tensor]`, or in a single one. */
function ends(list: unknown, where: string): string[] {
  if (!Array.isArray(list)) throw new NotCovered(`the JSON of ${where} has no list of ends`);
  const items: unknown[] = typeof list[0] === 'string' ? [list] : list;
  return items.map((item) => {
    if (!Array.isArray(item) || (item[2] ?? 0) !== 0) throw new NotCovered(`a layer of ${where} has several outputs`);
    if (item[3] !== undefined && Object.keys(record(item[3], where)).length > 0) {
      throw new NotCovered(`a layer of ${where} is called with further arguments`);
    }
    return String(item[0]);
  });
}
