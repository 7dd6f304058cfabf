import type { ThreadGroup } from '../protocol/thread.js';
import { metricRegistry } from './metrics/registry.js';
import { sumsLayout } from './sums.js';

/** Losses and metrics by Keras's names: `loss`, `combined_loss`, `combined_accuracy`. */
export type Scores = Readonly<Record<string, number>>;

/** The prefix of an output's scores. As in Keras, it is empty if the model has one output. */
export function scorePrefix(output: string, outputs: number): string {
  return outputs === 1 ? '' : `${output}_`;
}

/**
 * Computes means over samples from the sums of a pass. The total `loss` is Σ_o lossWeight_o · loss_o plus the members' regularisation
 * losses. If the model has one output, as in Keras only the total is in the result.
 * @param regularization the regularisation loss of each member, summed over samples
 * @param samples number of samples of each group so far; the scores of a group without samples are 0
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

/** Adds the prefix `val_` to each name. */
export function validationScores(values: Scores): Scores {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`val_${name}`, value]));
}

/**
 * Whether a higher or a lower value of a score is better. The end of the score's name is the metric: `accuracy` in `val_combined_accuracy`.
 * A lower loss is better. For a metric that is not registered, a higher value counts as better.
 */
function betterOf(score: string): 'higher' | 'lower' {
  const isOf = (name: string): boolean => score === name || score.endsWith(`_${name}`);
  if (isOf('loss')) return 'lower';
  return metricRegistry.definitions.find(({ name }) => isOf(name))?.better ?? 'higher';
}

/** The names of the scores that are better if they are lower. */
export function lowerIsBetter(names: readonly string[]): string[] {
  return names.filter((name) => betterOf(name) === 'lower');
}
