import type { Shape } from './plan.js';

/** Numbers that lie once in shared memory and are read by every thread; turned into float32 batch by batch. */
export interface SharedArray {
  readonly values: Uint8Array<SharedArrayBuffer> | Int32Array<SharedArrayBuffer> | Float32Array<SharedArrayBuffer>;
  /** Number of samples. */
  readonly samples: number;
  /** Shape of one sample as stored. */
  readonly shape: Shape;
  /** What a stored number is multiplied with when a batch is made; 1 leaves it as it is. */
  readonly scale: number;
  /**
   * Where set, a sample is one class index, and a batch has it as a row of this many numbers, 1 at the class and 0
   * elsewhere.
   */
  readonly oneHot: number | null;
}
