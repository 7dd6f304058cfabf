import type { ThreadOutput } from '../protocol/thread.js';
import { resolveObjective, type ResolvedObjective } from './objective.js';

/** An output's objective, and the places of its sums among those of its group. */
export interface OutputSums {
  readonly objective: ResolvedObjective;
  /** Index of the loss, summed over samples, without the loss weight. */
  readonly loss: number;
  /** For each metric, in the order of the objective, the range of its sums; `end` is exclusive. */
  readonly metrics: readonly (readonly [start: number, end: number])[];
}

/** The order of a group's sums: for each output that has an objective, its loss and then the sums of its metrics. */
export interface SumsLayout {
  /** Number of sums of the group. */
  readonly length: number;
  /** Null for an output without an objective. */
  readonly outputs: readonly (OutputSums | null)[];
}

/** Makes the layout of the sums of a group's outputs. It is the same in every thread. */
export function sumsLayout(outputs: readonly ThreadOutput[]): SumsLayout {
  let length = 0;
  const places = outputs.map(({ plan, objective: given }): OutputSums | null => {
    if (given === null) return null;
    const objective = resolveObjective(given, plan.shape);
    const loss = length++;
    const metrics = objective.metrics.map(({ metric }): [number, number] => [length, (length += metric.sums)]);
    return { objective, loss, metrics };
  });
  return { length, outputs: places };
}
