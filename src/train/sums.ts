import type { ThreadOutput } from '../protocol/thread.js';
import { resolveObjective, type ResolvedObjective } from './objective.js';

/** Where an output's sums stand in those of its group. */
export interface OutputSums {
  readonly objective: ResolvedObjective;
  /** Index of the sum over samples of the loss, without its loss weight. */
  readonly loss: number;
  /** For each metric, in the order of the objective, the index of its first sum and of the first one that is not its own. */
  readonly metrics: readonly (readonly [start: number, end: number])[];
}

/** The order of a group's running sums: for each output that has an objective its loss, then the sums of its metrics. */
export interface SumsLayout {
  /** How many sums the group has. */
  readonly length: number;
  /** Null for an output without an objective. */
  readonly outputs: readonly (OutputSums | null)[];
}

/** Lays out the running sums of a group's outputs, the same in every thread. */
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
