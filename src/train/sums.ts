import type { ThreadOutput } from '../protocol/thread.js';

/** Where an output's sums stand; null where it has no objective. */
export interface OutputSums {
  readonly loss: number;
  /** In the order of the objective's metrics. */
  readonly metrics: readonly number[];
}

/**
 * The order of a group's running sums, each a sum over samples: for each output that has an objective its loss, without its
 * loss weight, then its metrics.
 */
export function sumsLayout(outputs: readonly ThreadOutput[]): {
  readonly length: number;
  readonly outputs: readonly (OutputSums | null)[];
} {
  let length = 0;
  const places = outputs.map(({ objective }): OutputSums | null => {
    if (objective === null) return null;
    return { loss: length++, metrics: objective.metrics.map(() => length++) };
  });
  return { length, outputs: places };
}

/** How many running sums a group has ({@link sumsLayout}). */
export function sumsLength(outputs: readonly ThreadOutput[]): number {
  return sumsLayout(outputs).length;
}
