import type { LogitsActivation, Objective, Shape } from '../protocol/plan.js';
import { optionsIn } from '../registry/definition.js';
import { targetShape, type Loss, type LossFunction } from './losses/loss.js';
import { lossRegistry } from './losses/registry.js';
import type { ResolvedMetric } from './metrics/metric.js';
import { metricRegistry } from './metrics/registry.js';

/** An output's loss and metrics, from the registries. */
export interface ResolvedObjective {
  readonly loss: Loss;
  readonly lossOptions: Readonly<Record<string, unknown>>;
  readonly lossWeight: number;
  readonly metrics: readonly NamedMetric[];
}

export interface NamedMetric {
  /** The key in the history, without the output's name. */
  readonly name: string;
  readonly metric: ResolvedMetric;
}

/**
 * Looks up an output's loss and metrics by their names.
 * @param outputShape without the batch dimension
 */
export function resolveObjective(objective: Objective, outputShape: Shape): ResolvedObjective {
  const loss = lossRegistry.of(objective.loss);
  const ends = { targetShape: targetShape(loss, outputShape), outputShape };
  return {
    loss,
    lossOptions: optionsIn('loss', objective.loss),
    lossWeight: objective.lossWeight,
    metrics: objective.metrics.map((config) => ({
      name: config.metric,
      metric: metricRegistry.of(config).resolve(ends, optionsIn('metric', config)),
    })),
  };
}

/** The loss's function for outputs, or for the logits of this activation; undefined if the loss has none. */
export function lossFunction(loss: Loss, gradientThrough: LogitsActivation | null): LossFunction | undefined {
  return gradientThrough === null ? loss.fromOutputs : loss.fromLogits?.[gradientThrough];
}
