import type { MetricName, Shape } from '../../protocol/plan.js';

/**
 * Returns the sum over rows of the samples' values. Arrays are row-major: `y`, the output after merging and after its last
 * activation, has `rows` rows of `size` numbers, `width` of them in the last dimension.
 */
export type MetricFunction = (
  target: Float32Array,
  y: Float32Array,
  rows: number,
  size: number,
  width: number,
) => number;

export interface Metric {
  readonly name: MetricName;
  /** The function for an output and a target of these shapes, chosen as Keras does it. */
  resolve(targetShape: Shape, outputShape: Shape): MetricFunction;
}
