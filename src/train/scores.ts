import type { ThreadGroup } from '../protocol/thread.js';
import { sumsLayout } from './sums.js';

/** Losses and metrics by Keras's names: `loss`, `combined_loss`, `combined_accuracy`. */
export type Scores = Readonly<Record<string, number>>;

/** What the names of an output's scores begin with: Keras names no output where there is only one. */
export function scorePrefix(output: string, outputs: number): string {
  return outputs === 1 ? '' : `${output}_`;
}

/**
 * Means over samples, from the sums of a pass. The total `loss` is Σ_o lossWeight_o · loss_o plus the members'
 * regularisation losses. With one output its own loss is left out: it is the total's only part.
 * @param regularization for each member, summed over samples
 * @param samples of each group so far; a group that has none yet counts as zero
 */
export function scores(
  groups: readonly ThreadGroup[],
  regularization: Readonly<Record<string, number>>,
  samples: readonly number[],
): Scores {
  let total = 0;
  const losses: Record<string, number> = {};
  const metrics: Record<string, number> = {};
  const outputs = groups.reduce((count, group) => count + group.outputs.length, 0);
  for (const [g, group] of groups.entries()) {
    const count = samples[g] ?? 0;
    const mean = (sum: number | undefined): number => (count === 0 ? 0 : (sum ?? 0) / count);
    const layout = sumsLayout(group.outputs);
    for (const [o, { plan, objective }] of group.outputs.entries()) {
      const places = layout.outputs[o];
      if (objective === null || !places) continue;
      const prefix = scorePrefix(plan.name, outputs);
      const loss = mean(group.sums[places.loss]);
      total += objective.lossWeight * loss;
      losses[`${prefix}loss`] = loss;
      for (const [m, metric] of objective.metrics.entries()) {
        metrics[prefix + metric] = mean(group.sums[places.metrics[m] ?? NaN]);
      }
    }
    for (const name of group.plan.members) total += mean(regularization[name]);
  }
  return { ...losses, loss: total, ...metrics };
}

/** `val_` before each name. */
export function validationScores(values: Scores): Scores {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`val_${name}`, value]));
}
