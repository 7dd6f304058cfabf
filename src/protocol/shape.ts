import type { Shape, WeightSpec } from './plan.js';

/** Number of elements: the product of the sizes, 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Number of elements of all weights together. */
export function sizeOfWeights(weights: readonly WeightSpec[]): number {
  return weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
