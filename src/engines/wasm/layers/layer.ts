import type { Shape } from '../../../protocol/plan.js';
import { NotCovered, type LayerNode } from '../network.js';
import type { Activation } from './activations.js';
import type { Layout, Op, Runtime, Tensor } from '../program.js';

/** A layer's weight in memory. */
export interface Weight {
  readonly shape: Shape;
  readonly size: number;
  readonly address: number;
  /** Whether its gradient is left to the update ({@link LateWeight}), and is the same for all shards. */
  readonly isLate: boolean;
  /** Address of a shard's part of the gradient; null where the weight isn't trained. */
  gradient(shard: number): number | null;
}

/** What a layer is compiled from. */
export interface LayerSetup {
  readonly node: LayerNode;
  readonly member: string;
  readonly batchSize: number;
  /** Parts that a batch may be cut into: scratch memory is needed for each. */
  readonly shards: number;
  /** Whether there will be backward passes. */
  readonly training: boolean;
  readonly layout: Layout;
  readonly runtime: Runtime;
  readonly inputs: readonly Tensor[];
  /**
   * For each input, where ∂L/∂input goes (which is written over, not added to), or 0 where nobody wants it. Compare with
   * `inputs[i].gradient`: it is another place where an input is used by several layers.
   */
  readonly inputGradients: readonly number[];
  /** Where this layer may change its only input in place, and the input's gradient, as nothing else uses it. */
  readonly loose: Loose | null;
  /** The layer's weight of this name; a layer asks for those that its configuration promises. */
  weight(name: string): Weight;
  /** Allocates the layer's output and its gradient. */
  output(shape: Shape): Tensor;
  /** An output that is its input under another shape: the same numbers, and the same gradient. */
  alias(input: Tensor, shape: Shape): Tensor;
}

/**
 * A weight whose gradient is computed only when it is used up: block after block, each from all rows of the batch and at once
 * followed by its update. So a large weight's gradient is not written and read once for every shard.
 */
export interface LateWeight {
  readonly weight: Weight;
  /** Numbers in a block, a multiple of 4; the last one may have fewer. */
  readonly block: number;
  /** Writes a block's gradient to its place in that of the first shard. */
  gradient(first: number, count: number, rows: number): void;
  /** Packs a block that was updated. */
  pack(first: number, count: number): void;
}

/**
 * A layer's output of which backward asks no more than which numbers are positive, and not even that where the gradient is 0: so dropout
 * may be done in place.
 */
export interface Loose {
  /**
   * The ReLU that the layer ends in. Where dropout has made numbers 0 their gradients are 0 too, so a dropout in place only leaves
   * the factor of the others here, as `alpha`.
   */
  readonly relu: Activation | null;
}

/** A layer as work on memory. */
export interface CompiledLayer {
  readonly output: Tensor;
  /** Multiplications and additions that a sample takes forward, where the layer is a matrix product; else none worth counting. */
  readonly multiplyAdds?: number;
  readonly loose?: Loose;
  /** Forward in training mode. */
  readonly train: readonly Op[];
  /** Forward in inference mode. */
  readonly infer: readonly Op[];
  /** From the output's gradient (which may be written over) to those of weights and inputs. */
  readonly backward: readonly Op[];
  /** After the weights' update, once a step: what isn't learned by gradient. */
  readonly update?: readonly (() => void)[];
  /** A trained weight that is left to the update, packing included. */
  readonly late?: LateWeight;
  /** Whenever weights have changed, but for a late one that was updated; independent of each other. */
  readonly pack?: readonly (() => void)[];
}

/**
 * Compiles one kind of layer.
 * @throws NotCovered where the configuration asks for something that there are no kernels for
 */
export type LayerCompiler = (setup: LayerSetup) => CompiledLayer;

/** Ops that serve training and inference alike. */
export function both(forward: readonly Op[]): Pick<CompiledLayer, 'train' | 'infer'> {
  return { train: forward, infer: forward };
}

/** The one input of a layer that has one. */
export function onlyInput({ inputs, inputGradients, node }: LayerSetup): { input: Tensor; gradient: number } {
  const [input] = inputs;
  const [gradient = 0] = inputGradients;
  if (input === undefined || inputs.length > 1)
    throw new NotCovered(`layer "${node.path}" has ${inputs.length} inputs`);
  return { input, gradient };
}

/** Reads a layer's options, as they stand in the model's JSON. */
export class Options {
  constructor(private readonly node: LayerNode) {}

  number(key: string, fallback: number): number {
    const value = this.node.config[key] ?? fallback;
    return typeof value === 'number' ? value : this.refuse(key);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.node.config[key] ?? fallback;
    return typeof value === 'boolean' ? value : this.refuse(key);
  }

  text(key: string, fallback: string): string {
    const value = this.node.config[key] ?? fallback;
    return typeof value === 'string' ? value : this.refuse(key);
  }

  /** A number for each of some dimensions, or one for all. */
  numbers(key: string, count: number, fallback: number): number[] {
    const value = this.node.config[key] ?? fallback;
    if (typeof value === 'number') return Array.from({ length: count }, () => value);
    return Array.isArray(value) && value.length === count && value.every((item) => typeof item === 'number')
      ? value
      : this.refuse(key);
  }

  /** Refuses a layer that asks for something else than the one way that there is. */
  expect(key: string, ...values: readonly unknown[]): void {
    const value = this.node.config[key];
    if (value !== undefined && value !== null && !values.includes(value)) this.refuse(key);
  }

  refuse(key: string): never {
    const { className, path, config } = this.node;
    throw new NotCovered(`layer "${path}" (${className}) has \`${key}\` ${JSON.stringify(config[key])}`);
  }
}
