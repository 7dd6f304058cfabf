import type { LogitsActivation, LossName, Shape } from '../../protocol/plan.js';

/**
 * A loss over a batch. A sample's loss is the mean over the positions before the last dimension (as Keras has it); the batch's
 * loss is the mean over samples. Sums are made in double precision.
 */
export interface Loss {
  readonly name: LossName;

  /**
   * Shape of a target's sample for an output of this shape: its own, or where targets are class indices the output's without
   * its last dimension, `[]` for a single index. What counts is the number of elements, so `[1]` serves as well as `[]`.
   */
  targetShape(outputShape: Shape): Shape;

  /** Number of classes (a target is below it) where targets are class indices, else null. */
  classes(outputShape: Shape): number | null;

  /**
   * Returns the sum over rows of the samples' losses. Where `dy` is given, writes `scale` times the gradient of that sum to it.
   */
  readonly fromOutputs: LossFunction;

  /**
   * The same through the logits of a last activation; `y` are then the logits. As in Keras (`_get_logits` in
   * keras/src/backend/tensorflow/nn.py), a cross-entropy takes the logits of either activation for its own: a sigmoid's output
   * under the categorical loss is judged as softmax of what went into the sigmoid.
   */
  readonly fromLogits: Partial<Record<LogitsActivation, LossFunction>>;
}

export type LossFunction = (batch: LossBatch) => number;

/**
 * Arrays are row-major: `y` has `rows` rows of `size` numbers, `size` the product of the output's shape, `width` its last
 * dimension.
 */
export interface LossBatch {
  readonly target: Float32Array;
  readonly y: Float32Array;
  /** Null where no gradient is asked for. */
  readonly dy: Float32Array | null;
  readonly rows: number;
  readonly size: number;
  readonly width: number;
  /** Factor of the gradient. */
  readonly scale: number;
}
