import type { MemberPlan, Named } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import { ResolvedOptimizer } from '../../train/optimizers/resolved.js';
import { NOWHERE, rowOf, type Address } from './address.js';
import { activationOf, type Activation } from './layers/activations.js';
import { compilerOf, joinedCompilerOf } from './layers/registry.js';
import type { CompiledLayer, InPlaceAllowed, LayerSetup } from './layers/layer.js';
import { NotCovered, readNetwork, type LayerNode, type Network } from './network.js';
import { allocateTensor, countShards, Layout, type Op, type Runtime, type Tensor } from './program.js';
import { compileUpdate } from './update.js';
import { WeightMemory } from './weights.js';

/** A member as lists of work on one memory in which everything has a fixed place. */
export interface Program {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** The logits and the last activation, which the layers leave out, where somebody asks for the logits. */
  readonly last: { readonly logits: Tensor; readonly activation: Activation } | null;
  readonly train: readonly Op[];
  readonly infer: readonly Op[];
  readonly backward: readonly Op[];
  /** Updates the weights from the gradients of a batch of so many rows. The tasks are independent of each other. */
  readonly update: readonly ((rows: number) => void)[];
  /** Packs the updated weights again. The tasks are independent of each other. */
  readonly repack: readonly (() => void)[];
  /** Packs weights that were loaded. The tasks are independent of each other. */
  readonly pack: readonly (() => void)[];
  readonly weights: WeightMemory;
  /** Multiply-adds of the matrix products in a sample's forward pass. */
  readonly multiplyAdds: number;
  /** Bytes from the memory's start to the end of the program's part. */
  readonly end: number;
}

export interface ProgramOptions {
  readonly plan: MemberPlan;
  readonly batchSize: number;
  /** Null where the member is not trained. */
  readonly optimizer: Named<'optimizer'> | null;
  /** Whether the logits are asked for, where the plan has them. */
  readonly logits: boolean;
  /** Bytes from the memory's start to the program's part. Not 0 in a program that runs, as 0 is {@link NOWHERE}. */
  readonly base: number;
}

/**
 * Lays out a member's memory and compiles its layers. It allocates no memory and depends on the options alone.
 * @param runtime gets its kernels later
 * @throws NotCovered for a model that has a layer without kernels
 */
export function compileProgram(options: ProgramOptions, runtime: Runtime): Program {
  return new Compiler(options, runtime).compile();
}

class Compiler {
  readonly #optimizer: ResolvedOptimizer | null;
  readonly #layout: Layout;
  readonly #network: Network;
  readonly #weights: WeightMemory;
  readonly #shards: number;
  readonly #tensors = new Map<number, Tensor>();
  readonly #layers: CompiledLayer[] = [];
  readonly #backward: Op[][] = [];
  /** How many layers use each tensor, and how many of these have been compiled. */
  readonly #uses = new Map<number, number>();
  readonly #seen = new Map<number, number>();
  /** By tensor. */
  readonly #inPlace = new Map<number, InPlaceAllowed>();

  constructor(
    private readonly options: ProgramOptions,
    private readonly runtime: Runtime,
  ) {
    const { plan, batchSize, optimizer, base } = options;
    this.#optimizer = optimizer === null ? null : new ResolvedOptimizer(optimizer);
    this.#layout = new Layout(base);
    this.#network = readNetwork(plan.topology);
    this.#shards = countShards(batchSize);
    const slots = this.#optimizer?.slotCount ?? 0;
    this.#weights = new WeightMemory(plan, this.#layout, this.#isTraining ? this.#shards : 0, slots);
    for (const { inputs } of this.#network.layers) {
      for (const input of inputs) this.#uses.set(input, (this.#uses.get(input) ?? 0) + 1);
    }
  }

  get #isTraining(): boolean {
    return this.#optimizer !== null;
  }

  compile(): Program {
    const { plan, batchSize, logits } = this.options;
    const inputs = this.#network.inputs.map((tensor, i) => {
      const allocated = allocateTensor(this.#layout, plan.inputShapes[i] ?? [], batchSize, false);
      this.#tensors.set(tensor, allocated);
      return allocated;
    });
    const through = logits ? plan.logits : null;
    const { layers } = this.#network;
    for (let i = 0; i < layers.length;) {
      i += this.#compileLayer(layers[i], layers[i + 1], through !== null);
    }
    this.#weights.checkAllClaimed();
    const made = this.#tensor(this.#network.output);
    if (made.size !== sizeOf(plan.outputShape)) throw new NotCovered(`the model's output has ${made.size} numbers`);
    const last = through === null ? null : this.#last(through, made);
    const output = last === null ? made : allocateTensor(this.#layout, made.shape, batchSize, this.#isTraining);
    const lates = this.#layers.flatMap(({ late }) => late ?? []);
    return {
      inputs,
      output,
      last,
      train: this.#layers.flatMap((layer) => layer.train),
      infer: this.#layers.flatMap((layer) => layer.infer),
      backward: this.#backward.toReversed().flat(),
      update: [
        ...(this.#optimizer === null ? [] : compileUpdate(this.#optimizer, this.#weights, lates, this.runtime)),
        ...this.#layers.flatMap((layer) => layer.update ?? []),
      ],
      pack: this.#layers.flatMap((layer) => layer.pack ?? []),
      repack: this.#layers.flatMap((layer) => (layer.late === undefined ? (layer.pack ?? []) : [])),
      weights: this.#weights,
      multiplyAdds: this.#layers.reduce((sum, layer) => sum + (layer.multiplyAdds ?? 0), 0),
      end: this.#layout.end,
    };
  }

  #last(name: string, logits: Tensor): { logits: Tensor; activation: Activation } {
    const activation = activationOf(name, logits.shape.at(-1) ?? 1);
    if (activation === null) throw new NotCovered(`the model ends in ${name}`);
    return { logits, activation };
  }

  /** @returns the number of layers compiled: two where the next layer was joined to this one */
  #compileLayer(node: LayerNode | undefined, next: LayerNode | undefined, takeLast: boolean): number {
    if (node === undefined) return 1;
    const isLast = node.output === this.#network.output;
    const own = isLast && takeLast ? withoutActivation(node) : node;
    const isChain = next !== undefined && next.inputs.includes(node.output) && this.#uses.get(node.output) === 1;
    const joined = isChain && !isLast ? joinedCompilerOf(own, next) : null;
    if (joined !== null && next !== undefined) {
      const layer = this.#run(own, next.output, joined);
      if (layer !== null) return 2;
    }
    this.#run(own, node.output, compilerOf(own));
    return 1;
  }

  #run(node: LayerNode, output: number, compiler: (setup: LayerSetup) => CompiledLayer | null): CompiledLayer | null {
    const { plan, batchSize } = this.options;
    const refused = node.config['activity_regularizer'];
    if (refused !== null && refused !== undefined)
      throw new NotCovered(`layer "${node.path}" has an activity regularizer`);
    const inputs = node.inputs.map((input) => this.#tensor(input));
    const accumulations: Op[] = [];
    const targets = node.inputs.map((_, i) => this.#gradientTarget(node, i, inputs[i], accumulations));
    const needsGradient = this.#isTraining && (targets.some((target) => target !== NOWHERE) || this.#isTrained(node));
    const layer = compiler({
      node,
      member: plan.name,
      batchSize,
      shards: this.#shards,
      training: this.#isTraining,
      layout: this.#layout,
      runtime: this.runtime,
      inputs,
      inputGradients: targets,
      inPlace: this.#inPlaceInput(node),
      weight: (name) => this.#weights.claim(node, name),
      output: (shape) => allocateTensor(this.#layout, shape, batchSize, needsGradient),
      alias: (input, shape) => ({ ...input, shape, gradient: targets[0] ?? NOWHERE }),
    });
    if (layer === null) return null;
    for (const input of node.inputs) this.#seen.set(input, (this.#seen.get(input) ?? 0) + 1);
    this.#tensors.set(output, layer.output);
    if (layer.inPlace !== undefined) this.#inPlace.set(output, layer.inPlace);
    this.#layers.push(layer);
    if (needsGradient) this.#backward.push([...layer.backward, ...accumulations]);
    return layer;
  }

  /**
   * The place to which a layer writes ∂L/∂input. The backward pass reaches a tensor's last use first. The last use writes to the tensor's
   * own gradient; each other use writes to a place of its own, which is then added to that gradient.
   */
  #gradientTarget(node: LayerNode, index: number, tensor: Tensor | undefined, accumulations: Op[]): Address {
    if (tensor === undefined || tensor.gradient === NOWHERE) return NOWHERE;
    const input = node.inputs[index] ?? 0;
    const uses = this.#uses.get(input) ?? 0;
    const before = node.inputs.slice(0, index).filter((other) => other === input).length;
    if ((this.#seen.get(input) ?? 0) + before === uses - 1) return tensor.gradient;
    const { batchSize } = this.options;
    const place = allocateTensor(this.#layout, tensor.shape, batchSize, false).address;
    const { size, gradient } = tensor;
    accumulations.push({
      each: 'shard',
      run: ({ first, rows }) => {
        this.runtime.kernels.addTo(rowOf(gradient, first, size), rowOf(place, first, size), rows * size);
      },
    });
    return place;
  }

  /** Null unless the input is the layer's only one and the layer is its only use. */
  #inPlaceInput({ inputs: [input, ...others] }: LayerNode): InPlaceAllowed | null {
    if (input === undefined || others.length > 0 || this.#uses.get(input) !== 1) return null;
    return this.#inPlace.get(input) ?? null;
  }

  #isTrained(node: LayerNode): boolean {
    return this.options.plan.weights.some(({ name, trainable }) => trainable && name.startsWith(`${node.name}/`));
  }

  #tensor(number: number): Tensor {
    const tensor = this.#tensors.get(number);
    if (tensor === undefined) throw new NotCovered('a layer is used before it is made');
    return tensor;
  }
}

/** The layer that computes a model's output, without its last activation. */
function withoutActivation(node: LayerNode): LayerNode {
  const config = { ...node.config, activation: 'linear' };
  return node.className === 'Softmax' ? { ...node, className: 'Activation', config } : { ...node, config };
}
