import type { SharedArray } from '../protocol/data.js';

/**
 * Samples and their class indices, in shared memory. `fit(digits.x, digits.y)` does not copy them.
 * `x` and `y` have the same number of samples, in the same order.
 */
export interface Dataset {
  /** Name for messages, such as `mnist-train`. */
  readonly name: string;
  /** The samples. */
  readonly x: SharedArray;
  /** One class index for each sample, from 0 to `classes - 1`; shape `[]`. */
  readonly y: SharedArray;
  /** Number of classes, also counting classes without a sample here. */
  readonly classes: number;
}
