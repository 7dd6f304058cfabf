import type { z } from 'zod';
import type { LogitsActivation, Shape } from '../../protocol/plan.js';
import { createFactory, type Definition, type ResolvedOptions } from '../../registry/definition.js';

/**
 * A loss. As in Keras, a sample's loss is the mean over the positions before the last dimension, and a batch's loss is the mean over samples.
 * Sums are computed in double precision.
 */
export interface Loss<Name extends string = string, Options extends z.ZodRawShape = z.ZodRawShape> extends Definition<
  Name,
  Options
> {
  /**
   * The contents of a target: values in the output's shape, or one class index for each position. A target of class indices has the output's
   * shape without the last dimension.
   */
  readonly labels: 'values' | 'indices';

  /**
   * Whether the last dimension has one number for each class. A target of `values` may then also be integer class indices, which become
   * one-hot rows batch by batch. A run then has a confusion matrix.
   */
  readonly overClasses: boolean;

  /**
   * Returns the sum of the samples' losses over rows. If `dy` is not null, writes `scale` times the gradient of this sum to it.
   */
  readonly fromOutputs: LossFunction<ResolvedOptions<Options>>;

  /**
   * The same for logits in `y`, by the last activation. Left out if the loss has no such form. As in Keras (`_get_logits` in
   * keras/src/backend/tensorflow/nn.py), a cross-entropy uses the logits of both activations in the same way: for a sigmoid's output, the
   * categorical loss takes the softmax of the sigmoid's argument.
   */
  readonly fromLogits?: Partial<Record<LogitsActivation, LossFunction<ResolvedOptions<Options>>>>;
}

/** The type of a method, which lets the registry hold losses of all options. */
export type LossFunction<Options = Readonly<Record<string, unknown>>> = LossMethods<Options>['compute'];

interface LossMethods<Options> {
  compute(batch: LossBatch, options: Options): number;
}

/**
 * A batch of an output. Arrays are row-major. `y` has `rows` rows of `size` numbers; `size` is the product of the output's shape, and `width`
 * is its last dimension.
 */
export interface LossBatch {
  readonly target: Float32Array;
  readonly y: Float32Array;
  /** Receives the gradient; null if none is needed. */
  readonly dy: Float32Array | null;
  readonly rows: number;
  readonly size: number;
  readonly width: number;
  /** Factor of the gradient. */
  readonly scale: number;
}

/** Defines a loss. Returns the function that users call, with the definition attached. */
export function defineLoss<Name extends string, Options extends z.ZodRawShape>(loss: Loss<Name, Options>) {
  return createFactory('loss', loss);
}

/**
 * Shape of a target, without the batch dimension, for an output of this shape. It is `[]` for a single class index. Only the number of
 * elements matters, so `[1]` is accepted too.
 */
export function targetShape({ labels }: Pick<Loss, 'labels'>, outputShape: Shape): Shape {
  return labels === 'indices' ? outputShape.slice(0, -1) : outputShape;
}

/** Number of classes if targets are class indices, which must be below it; else null. */
export function classCount({ labels }: Pick<Loss, 'labels'>, outputShape: Shape): number | null {
  return labels === 'indices' ? (outputShape.at(-1) ?? 1) : null;
}
