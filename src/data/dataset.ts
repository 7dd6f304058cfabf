import type { SharedArray } from '../protocol/data.js';

/**
 * Samples and their class indices, in shared memory: `fit(digits.x, digits.y)` copies nothing.
 * `x` and `y` have the same number of samples, in the same order.
 */
export interface Dataset {
  /** What it is, for messages: `mnist-train`. */
  readonly name: string;
  /** The samples. */
  readonly x: SharedArray;
  /** One class index a sample, 0 to `classes - 1`; shape `[]`. */
  readonly y: SharedArray;
  /** Number of classes, whether or not each of them has a sample here. */
  readonly classes: number;
}
