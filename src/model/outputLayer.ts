import type * as tf from '@tensorflow/tfjs';
import type { LogitsActivation } from '../protocol/plan.js';

/** The layer that makes a model's output, as the model's JSON describes it. */
export interface OutputLayer {
  /** Names from the model inwards. For a layer of a nested model, the nested model's name comes before the layer's. */
  readonly path: readonly string[];
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The last activation of a model if it has logits, at which the gradient of a cross-entropy can be taken; else null. */
export function lastActivation(model: tf.LayersModel): LogitsActivation | null {
  const [output] = model.outputs;
  return output === undefined ? null : activationOf(findOutputLayer(model.toJSON(null, false)), output.shape.length);
}

/**
 * Layers that apply their `activation` last, over the last axis of their output. (SeparableConv2D is not in the list, because it transposes
 * afterwards if channels come first.)
 */
const ACTIVATED: ReadonlySet<string> = new Set([
  'Activation',
  'Conv1D',
  'Conv2D',
  'Conv2DTranspose',
  'Conv3D',
  'Dense',
  'DepthwiseConv2D',
]);

/**
 * The activation of an output layer if it has logits; else null.
 * @param rank number of dimensions of the model's output, with the batch dimension
 */
export function activationOf(layer: OutputLayer | null, rank: number): LogitsActivation | null {
  if (layer === null) return null;
  if (layer.className === 'Softmax') {
    const { axis } = layer.config;
    return axis === -1 || axis === rank - 1 ? 'softmax' : null;
  }
  const { activation } = layer.config;
  return ACTIVATED.has(layer.className) && (activation === 'softmax' || activation === 'sigmoid') ? activation : null;
}

const CONTAINERS: ReadonlySet<string> = new Set(['Functional', 'Model', 'Sequential']);

/**
 * Finds the layer that makes the output, also inside nested models. Null if the model has several outputs, or if the layer or a model around
 * it is applied more than once, because a change of such a layer would also change other parts of the network.
 * @param topology Keras's JSON of a model
 */
export function findOutputLayer(topology: unknown): OutputLayer | null {
  const path: string[] = [];
  let model: unknown = topology;
  for (;;) {
    const layer = outputOf(model);
    if (layer === null) return null;
    path.push(layer.name);
    if (!CONTAINERS.has(layer.className)) return { path, className: layer.className, config: layer.config };
    model = layer.json;
  }
}

interface Found {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly json: unknown;
}

/** The layer that makes the output of one model. It may be a nested model. */
function outputOf(model: unknown): Found | null {
  if (!isRecord(model)) return null;
  const { class_name: className, config } = model;
  const layers = isRecord(config) ? config['layers'] : config;
  if (!Array.isArray(layers)) return null;
  const found = layers.map((layer: unknown) => describe(layer));
  if (className === 'Sequential') {
    const last = found.at(-1) ?? null;
    return found.filter((layer) => layer?.name === last?.name).length === 1 ? last : null;
  }
  const outputs = isRecord(config) ? config['output_layers'] : null;
  if (!Array.isArray(outputs)) return null;
  // `outputs` is a list of [name, node, tensor], or one of them.
  const [first] = outputs as unknown[];
  const name: unknown = Array.isArray(first) && outputs.length === 1 ? first[0] : first;
  const output = found.find((layer) => layer?.name === name) ?? null;
  const nodes = isRecord(output?.json) ? output.json['inbound_nodes'] : null;
  return Array.isArray(nodes) && nodes.length === 1 ? output : null;
}

function describe(json: unknown): Found | null {
  if (!isRecord(json) || typeof json['class_name'] !== 'string' || !isRecord(json['config'])) return null;
  const name = json['name'] ?? json['config']['name'];
  return typeof name === 'string' ? { name, className: json['class_name'], config: json['config'], json } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
