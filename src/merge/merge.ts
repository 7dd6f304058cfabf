import type * as tf from '@tensorflow/tfjs';
import type { MergeConfig, MergeName, Shape } from '../protocol/plan.js';

/** The part of TensorFlow.js that a merge needs to become layers. Passed in, so that threads need not load it. */
export type Layers = typeof tf.layers;

/**
 * How members' outputs become one output. Arrays are row-major `[rows, size]`; `size` is the product of a shape.
 * A merge holds no state: configuration and arrays are passed in. The configuration has passed `checkMerge`.
 */
export interface Merge<Config extends MergeConfig = MergeConfig> {
  readonly name: MergeName;

  /**
   * The shape of the merged output.
   * @throws EnsembleError `SHAPE_MISMATCH` where the members' shapes can't be combined, naming the members.
   */
  outputShape(config: Config, shapes: readonly Shape[]): Shape;

  /** Writes the merged output of `rows` rows into `out`. */
  forward(config: Config, ys: readonly Float32Array[], out: Float32Array, rows: number, shapes: readonly Shape[]): void;

  /** Adds ∂L/∂y_i to each `dys[i]`, from `dout` = ∂L/∂out and the members' outputs `ys`. */
  backward(
    config: Config,
    ys: readonly Float32Array[],
    dout: Float32Array,
    dys: readonly Float32Array[],
    rows: number,
    shapes: readonly Shape[],
  ): void;

  /** The standard layer (or layers) that stand for the merge in the assembled model; the last one is called `name`. */
  layer(config: Config, layers: Layers, name: string, ys: readonly tf.SymbolicTensor[]): tf.SymbolicTensor;
}
