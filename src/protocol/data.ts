import type { Shape } from './plan.js';

/** Data in shared memory, which every thread reads. Each batch is converted to float32 when it is made. */
export interface SharedArray {
  readonly values: Uint8Array<SharedArrayBuffer> | Int32Array<SharedArrayBuffer> | Float32Array<SharedArrayBuffer>;
  /** Number of samples. */
  readonly samples: number;
  /** Shape of one sample as it is stored. */
  readonly shape: Shape;
  /** Factor of each stored number in a batch; 1 changes nothing. */
  readonly scale: number;
  /**
   * Number of classes, if a stored sample is a class index that becomes a one-hot row in a batch: 1 at the class, 0 elsewhere.
   * Null: the data is used as it is.
   */
  readonly oneHot: number | null;
}
