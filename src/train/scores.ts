import type { ThreadGroup } from '../protocol/thread.js';
import { metricRegistry } from './metrics/registry.js';
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
    for (const [o, { plan }] of group.outputs.entries()) {
      const places = layout.outputs[o];
      if (!places) continue;
      const prefix = scorePrefix(plan.name, outputs);
      const loss = mean(group.sums[places.loss]);
      total += places.objective.lossWeight * loss;
      losses[`${prefix}loss`] = loss;
      for (const [m, { name, metric }] of places.objective.metrics.entries()) {
        const sums = group.sums.subarray(...(places.metrics[m] ?? [0, 0]));
        metrics[prefix + name] = count === 0 ? 0 : metric.result(sums, count);
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

/**
 * Which of two values of a score is the better one, by the metric that the score's name ends in: `accuracy` of `val_combined_accuracy`.
 * Losses are better when they are lower; of a metric that is not registered here, the higher value is taken for the better one.
 */
function betterOf(score: string): 'higher' | 'lower' {
  const isOf = (name: string): boolean => score === name || score.endsWith(`_${name}`);
  if (isOf('loss')) return 'lower';
  return metricRegistry.definitions.find(({ name }) => isOf(name))?.better ?? 'higher';
}

/** Those of some scores of which a lower value is the better one. */
export function lowerIsBetter(names: readonly string[]): string[] {
  return names.filter((name) => betterOf(name) === 'lower');
}
