import type { Shape } from '../../../protocol/plan.js';
import { NOWHERE, type Address } from '../address.js';
import { NotCovered, type LayerNode } from '../network.js';
import type { Layout, Op, Runtime, Tensor } from '../program.js';
import type { Activation } from './activations.js';

/** A layer's weight in memory. */
export interface Weight {
  readonly shape: Shape;
  readonly size: number;
  readonly address: Address;
  /** Whether the gradient is computed inside the update ({@link LateWeight}) and has the same place for all shards. */
  readonly isLate: boolean;
  /** Place of a shard's part of the gradient; null where the weight isn't trained. */
  gradient(shard: number): Address | null;
}

/** Everything that a layer's compiler needs. */
export interface LayerSetup {
  readonly node: LayerNode;
  readonly member: string;
  readonly batchSize: number;
  /** Maximum number of shards of a batch. Each needs scratch memory of its own. */
  readonly shards: number;
  /** Whether the layer will run backward passes. */
  readonly training: boolean;
  readonly layout: Layout;
  readonly runtime: Runtime;
  readonly inputs: readonly Tensor[];
  /**
   * For each input, the place to which the layer writes ∂L/∂input (it does not add to it); NOWHERE where it is not needed. This is not
   * `inputs[i].gradient` where several layers use the input.
   */
  readonly inputGradients: readonly Address[];
  /** Set where this layer may overwrite its input and the input's gradient. */
  readonly inPlace: InPlaceAllowed | null;
  /** The layer's weight of this name. A layer asks for the weights that its configuration says it has. */
  weight(name: string): Weight;
  /** Allocates the layer's output and its gradient. */
  output(shape: Shape): Tensor;
  /** An output that shares its numbers and its gradient with the input, under another shape. */
  alias(input: Tensor, shape: Shape): Tensor;
}

/**
 * A weight whose gradient is computed inside the update, block by block, instead of once per shard. Each block's gradient is computed from
 * all rows of the batch and used right away. So the gradient of a large weight is not written and read once for every shard.
 */
export interface LateWeight {
  readonly weight: Weight;
  /** Numbers in a block, a multiple of 4. The last block may have fewer. */
  readonly block: number;
  /** Writes a block's gradient to the gradients of the first shard. */
  gradient(first: number, count: number, rows: number): void;
  /** Packs an updated block. */
  pack(first: number, count: number): void;
}

/**
 * Marks an output that dropout may overwrite: the layer's backward pass needs at most the sign of each number, and not even the sign
 * where the gradient is 0.
 */
export interface InPlaceAllowed {
  /**
   * The ReLU at the layer's end. Numbers that dropout made 0 have a gradient of 0, by ReLU's own rule. The others have been scaled, so a
   * dropout in place sets this activation's `alpha` to its factor.
   */
  readonly relu: Activation | null;
}

/** A layer as lists of work on memory. */
export interface CompiledLayer {
  readonly output: Tensor;
  /** Multiply-adds of a sample's forward pass, where the layer is a matrix product. Other layers count as none. */
  readonly multiplyAdds?: number;
  readonly inPlace?: InPlaceAllowed;
  /** Forward in training mode. */
  readonly train: readonly Op[];
  /** Forward in inference mode. */
  readonly infer: readonly Op[];
  /** Computes the gradients of weights and inputs from that of the output, which it may overwrite. */
  readonly backward: readonly Op[];
  /** Runs after the weights' update, once a step: updates of weights that have no gradient. */
  readonly update?: readonly (() => void)[];
  /** A trained weight whose gradient and packing are done inside the update. */
  readonly late?: LateWeight;
  /** Run whenever weights have changed, except after an update of a late weight. They are independent of each other. */
  readonly pack?: readonly (() => void)[];
}

/**
 * Compiles one kind of layer.
 * @throws NotCovered where the configuration asks for something that no kernel does
 */
export type LayerCompiler = (setup: LayerSetup) => CompiledLayer;

/** A kind of layer that the engine has kernels for. */
export interface LayerDefinition {
  /** The classes in a model's JSON. */
  readonly classes: readonly string[];
  /** One sentence for the reference tables in the documentation. */
  readonly summary: string;
  readonly compile: LayerCompiler;
  /** A layer of the class `of` and the only layer that uses it, of the class `with`, compiled as one; null where that is not faster. */
  readonly joined?: {
    readonly of: string;
    readonly with: string;
    readonly compile: (setup: LayerSetup, second: LayerNode) => CompiledLayer | null;
  };
}

/** Defines a layer of the engine `wasm`. */
export function defineLayer(definition: LayerDefinition): LayerDefinition {
  return definition;
}

/** Ops for both training and inference. */
export function both(forward: readonly Op[]): Pick<CompiledLayer, 'train' | 'infer'> {
  return { train: forward, infer: forward };
}

/**
 * The input of a layer that has one, and the place of ∂L/∂input.
 * @throws NotCovered where the layer has several inputs
 */
export function onlyInput({ inputs, inputGradients, node }: LayerSetup): { input: Tensor; gradient: Address } {
  const [input] = inputs;
  const [gradient = NOWHERE] = inputGradients;
  if (input === undefined || inputs.length > 1)
    throw new NotCovered(`layer "${node.path}" has ${inputs.length} inputs`);
  return { input, gradient };
}

/** Reads a layer's options from the model's JSON. Each method refuses a value of another type. */
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

  /** A list of `count` numbers, or one number for all of them. */
  numbers(key: string, count: number, fallback: number): number[] {
    const value = this.node.config[key] ?? fallback;
    if (typeof value === 'number') return Array.from({ length: count }, () => value);
    return Array.isArray(value) && value.length === count && value.every((item) => typeof item === 'number')
      ? value
      : this.refuse(key);
  }

  /** Refuses a layer whose option is set to anything but these values. */
  expect(key: string, ...values: readonly unknown[]): void {
    const value = this.node.config[key];
    if (value !== undefined && value !== null && !values.includes(value)) this.refuse(key);
  }

  /** @throws NotCovered always */
  refuse(key: string): never {
    const { className, path, config } = this.node;
    throw new NotCovered(`layer "${path}" (${className}) has \`${key}\` ${JSON.stringify(config[key])}`);
  }
}
