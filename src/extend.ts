/**
 * What a program adds to the package: the subpath `tfjs-ensemble/extend`. It loads no TensorFlow.js, so a module that threads import
 * (`setup`) can use it. `docs/extending.md` has an example.
 */
import { callbackRegistry } from './callbacks/registry.js';
import { sourceRegistry } from './data/sources/registry.js';
import { EnsembleError, show } from './errors.js';
import { mergeRegistry } from './merge/registry.js';
import type { Definition, Factory } from './registry/definition.js';
import type { Registry } from './registry/registry.js';
import { lossRegistry } from './train/losses/registry.js';
import { metricRegistry } from './train/metrics/registry.js';
import { optimizerRegistry } from './train/optimizers/registry.js';
import { scheduleRegistry } from './train/schedules/registry.js';

export { defineCallback, type CallbackDefinition, type CallbackPlace } from './callbacks/callback.js';
export type { Callback, MemberWeight, Training, TrainingProgress } from './callbacks/callback.js';
export type { Dataset } from './data/dataset.js';
export { defineSource, type Source, type SourceOptions } from './data/sources/source.js';
export { EnsembleError, type EnsembleErrorCode } from './errors.js';
export { mergingLayer } from './merge/layers.js';
export { defineMerge } from './merge/merge.js';
export type { Layers, Merge, MergeBatch, MergeForm, MergeProblem, ResolvedMerge, WrittenMerge } from './merge/merge.js';
export { countOf, elementwiseShape } from './merge/shapes.js';
export type { MergeSpec } from './merge/spec.js';
export type { SharedArray } from './protocol/data.js';
export type { LogitsActivation, MergeConfig, Named, Shape, WeightSpec } from './protocol/plan.js';
export type {
  ConfigOf,
  CreateFromOptions,
  Definition,
  Factory,
  NoOptions,
  OptionsOf,
  ResolvedOptions,
} from './registry/definition.js';
export {
  decay,
  described,
  flag,
  fraction,
  integer,
  notNegative,
  positive,
  requiredPositive,
  type OptionMeta,
} from './registry/options.js';
export { defineLoss, type Loss, type LossBatch, type LossFunction } from './train/losses/loss.js';
export { defineMetric, meanOverSamples } from './train/metrics/metric.js';
export type { Metric, MetricBatch, MetricEnds, ResolvedMetric } from './train/metrics/metric.js';
export { defineOptimizer, learningRate } from './train/optimizers/optimizer.js';
export type { Coefficients, Optimizer, SlotArrays, SlotNames } from './train/optimizers/optimizer.js';
export { defineSchedule, type Schedule } from './train/schedules/schedule.js';
export type { Scores } from './train/scores.js';

const registries: Readonly<Record<string, Pick<Registry<string, Definition>, 'add'>>> = {
  callback: callbackRegistry,
  loss: lossRegistry,
  merge: mergeRegistry,
  metric: metricRegistry,
  optimizer: optimizerRegistry,
  schedule: scheduleRegistry,
  source: sourceRegistry,
};

/**
 * Makes a loss, a metric or another thing of a program's own known by its name, in this thread. So do it in the module that `setup` names:
 * every thread imports that. The module may be loaded again: the later definition then takes the place of the earlier one.
 * @param factory what `defineLoss` or another of these functions returns
 * @returns the same
 * @throws EnsembleError `INVALID_OPTION` where the name belongs to another thing of the kind
 */
export function register<Thing extends Factory<(...args: never[]) => unknown, Definition>>(factory: Thing): Thing {
  const { kind } = factory;
  const registry = registries[kind];
  if (registry === undefined) {
    throw new EnsembleError(
      'INVALID_OPTION',
      `Expected what defineLoss() or another function of tfjs-ensemble/extend returns. Received: ${show(factory)}`,
    );
  }
  registry.add(factory);
  return factory;
}
