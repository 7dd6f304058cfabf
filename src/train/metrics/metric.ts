import type { z } from 'zod';
import type { Shape } from '../../protocol/plan.js';
import { createFactory, type Definition, type ResolvedOptions } from '../../registry/definition.js';

/**
 * A metric of one output: sums over the batches of a pass, and a result from the sums. Sums lie in shared memory and are added in the order
 * of the batches, so they do not depend on the number of threads.
 */
export interface Metric<Name extends string = string, Options extends z.ZodRawShape = z.ZodRawShape> extends Definition<
  Name,
  Options
> {
  /** Which of two results is the better one, for early stopping, tables and reports. */
  readonly better: 'higher' | 'lower';

  /** The metric of an output and a target of these shapes per sample. */
  resolve(ends: MetricEnds, options: ResolvedOptions<Options>): ResolvedMetric;
}

/** Shapes of an output and its target, per sample. */
export interface MetricEnds {
  readonly targetShape: Shape;
  readonly outputShape: Shape;
}

export interface ResolvedMetric {
  /** How many sums the metric keeps; all are 0 when a pass begins. */
  readonly sums: number;
  /** Adds a batch to the sums. */
  update(batch: MetricBatch, sums: Float64Array): void;
  /**
   * The metric of all batches so far.
   * @param samples that were added, at least 1
   */
  result(sums: Float64Array, samples: number): number;
}

/**
 * Arrays are row-major: `y`, the output after merging and after its last activation, has `rows` rows of `size` numbers, `width` of them in
 * the last dimension.
 */
export interface MetricBatch {
  readonly target: Float32Array;
  readonly y: Float32Array;
  readonly rows: number;
  readonly size: number;
  readonly width: number;
}

/** Defines a metric: the function that users call, with the definition attached. */
export function defineMetric<Name extends string, Options extends z.ZodRawShape>(metric: Metric<Name, Options>) {
  return createFactory('metric', metric);
}

/**
 * A metric that is a mean over samples.
 * @param sum the sum over a batch's rows of the samples' values
 */
export function meanOverSamples(sum: (batch: MetricBatch) => number): ResolvedMetric {
  return {
    sums: 1,
    update(batch, sums) {
      sums[0] = (sums[0] ?? 0) + sum(batch);
    },
    result: ([total = 0], samples) => total / samples,
  };
}
