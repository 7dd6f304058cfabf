/**
 * Reverse-mode differentiation over float64 arrays, after micrograd: each operation writes down how to undo itself, and
 * `backward` reads the tape from its end.
 */

/** Sizes of all dimensions, the batch included. */
export type Dims = readonly number[];

export interface Node {
  readonly shape: Dims;
  readonly value: Float64Array;
  /** ∂loss/∂value after `backward`; null where nothing asks for it, as for data. */
  readonly grad: Float64Array | null;
  /** What a softmax or sigmoid was taken of: Keras's `_keras_logits`. */
  readonly logits?: Node;
}

/** A node without a gradient: data, masks. */
export function constant(value: ArrayLike<number>, shape: Dims): Node {
  return { shape, value: checked(Float64Array.from(value), shape), grad: null };
}

/** A node whose gradient is wanted: a weight, or an input under test. */
export function variable(value: ArrayLike<number>, shape: Dims): Node {
  return { shape, value: checked(Float64Array.from(value), shape), grad: new Float64Array(size(shape)) };
}

export function size(shape: Dims): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function checked(value: Float64Array, shape: Dims): Float64Array {
  if (value.length !== size(shape))
    throw new RangeError(`expected ${size(shape)} numbers for the shape [${shape.join(', ')}], got ${value.length}`);
  return value;
}

export class Tape {
  readonly #undo: (() => void)[] = [];

  /**
   * Records an operation.
   * @param backward adds to the parents' gradients what `grad`, the gradient of the result, makes of them
   */
  record(
    value: Float64Array,
    shape: Dims,
    parents: readonly Node[],
    backward: (grad: Float64Array) => void,
    logits?: Node,
  ): Node {
    checked(value, shape);
    const grad = parents.some((parent) => parent.grad) ? new Float64Array(value.length) : null;
    if (grad) {
      this.#undo.push(() => {
        backward(grad);
      });
    }
    return { shape, value, grad, ...(logits && { logits }) };
  }

  /**
   * Gives every node its gradient of ⟨seed, node⟩; for a loss the seed is 1. Empties the tape.
   */
  backward(node: Node, seed: ArrayLike<number> = [1]): void {
    if (seed.length !== node.value.length)
      throw new RangeError(`expected a seed of ${node.value.length} numbers, got ${seed.length}`);
    node.grad?.set(seed);
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}
