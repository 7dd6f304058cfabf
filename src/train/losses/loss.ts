import type { z } from 'zod';
import type { LogitsActivation, Shape } from '../../protocol/plan.js';
import { createFactory, type Definition, type ResolvedOptions } from '../../registry/definition.js';

/**
 * A loss over a batch. A sample's loss is the mean over the positions before the last dimension, as in Keras; the batch's loss is the mean
 * over samples. Sums are made in double precision.
 */
export interface Loss<Name extends string = string, Options extends z.ZodRawShape = z.ZodRawShape> extends Definition<
  Name,
  Options
> {
  /**
   * What a target holds: values of the output's shape, or class indices, one for each position, so that the target's shape lacks the
   * output's last dimension.
   */
  readonly labels: 'values' | 'indices';

  /**
   * Whether the last dimension has one number for each class. Class indices as integers are then accepted in place of values, and made
   * one-hot batch by batch; and a confusion matrix makes sense.
   */
  readonly overClasses: boolean;

  /**
   * Returns the sum over rows of the samples' losses. Where `dy` is given, writes `scale` times the gradient of that sum to it.
   */
  readonly fromOutputs: LossFunction<ResolvedOptions<Options>>;

  /**
   * The same through the logits of a last activation; `y` are then the logits. Missing where the loss has no such form. As in Keras
   * (`_get_logits` in keras/src/backend/tensorflow/nn.py), a cross-entropy takes the logits of either activation for its own: it judges
   * a sigmoid's output under the categorical loss as the softmax of the sigmoid's argument.
   */
  readonly fromLogits?: Partial<Record<LogitsActivation, LossFunction<ResolvedOptions<Options>>>>;
}

/** The type of a method, which lets the registry hold losses of all options. */
export type LossFunction<Options = Readonly<Record<string, unknown>>> = LossMethods<Options>['compute'];

interface LossMethods<Options> {
  compute(batch: LossBatch, options: Options): number;
}

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

/** Defines a loss: the function that users call, with the definition attached. */
export function defineLoss<Name extends string, Options extends z.ZodRawShape>(loss: Loss<Name, Options>) {
  return createFactory('loss', loss);
}

/**
 * Shape of a target's sample for an output of this shape; `[]` for a single class index. Only the number of elements counts, so `[1]`
 * serves as well as `[]`.
 */
export function targetShape({ labels }: Pick<Loss, 'labels'>, outputShape: Shape): Shape {
  return labels === 'indices' ? outputShape.slice(0, -1) : outputShape;
}

/** Number of classes, which every target is below, where targets are class indices; else null. */
export function classCount({ labels }: Pick<Loss, 'labels'>, outputShape: Shape): number | null {
  return labels === 'indices' ? (outputShape.at(-1) ?? 1) : null;
}
