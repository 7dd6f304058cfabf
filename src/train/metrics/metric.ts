import type { z } from 'zod';
import type { Shape } from '../../protocol/plan.js';
import { createFactory, type Definition, type ResolvedOptions } from '../../registry/definition.js';

/**
 * A metric of one output. It keeps sums over the batches of a pass and computes its result from them. The sums are in shared memory, and
 * batches are added in their order, so the result does not depend on the number of threads.
 */
export interface Metric<Name extends string = string, Options extends z.ZodRawShape = z.ZodRawShape> extends Definition<
  Name,
  Options
> {
  /** Whether a higher or a lower result is better, for early stopping, tables and reports. */
  readonly better: 'higher' | 'lower';

  /** Returns the metric for an output and a target of these shapes. */
  resolve(ends: MetricEnds, options: ResolvedOptions<Options>): ResolvedMetric;
}

/** Shapes of an output and its target, without the batch dimension. */
export interface MetricEnds {
  readonly targetShape: Shape;
  readonly outputShape: Shape;
}

export interface ResolvedMetric {
  /** Number of sums that the metric keeps. All are 0 when a pass begins. */
  readonly sums: number;
  /** Adds a batch to the sums. */
  update(batch: MetricBatch, sums: Float64Array): void;
  /**
   * The result over all batches so far.
   * @param samples number of samples that were added, at least 1
   */
  result(sums: Float64Array, samples: number): number;
}

/**
 * A batch of an output. Arrays are row-major. `y` is the merged output after the last activation: `rows` rows of `size` numbers, where `width`
 * is the last dimension.
 */
export interface MetricBatch {
  readonly target: Float32Array;
  readonly y: Float32Array;
  readonly rows: number;
  readonly size: number;
  readonly width: number;
}

/** Defines a metric. Returns the function that users call, with the definition attached. */
export function defineMetric<Name extends string, Options extends z.ZodRawShape>(metric: Metric<Name, Options>) {
  return createFactory('metric', metric);
}

/**
 * Creates a metric that is a mean over samples.
 * @param sum returns the sum of the samples' values over a batch's rows
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
