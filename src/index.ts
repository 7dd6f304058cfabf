export { Ensemble } from './ensemble.js';
export { EnsembleError, type EnsembleErrorCode } from './errors.js';
export * from './merge/index.js';
export type { MergeSpec } from './merge/spec.js';
export * from './train/optimizers/index.js';
export * as callbacks from './callbacks/index.js';
export * as losses from './train/losses/index.js';
export * as metrics from './train/metrics/index.js';
export * as schedules from './train/schedules/index.js';
export type { Callback, MemberWeight, Training, TrainingProgress } from './callbacks/callback.js';
export type { EngineName } from './engines/catalog.js';
export type { EngineChoice, EngineOption } from './engines/choose.js';
export type { FitOptions, RunOptions } from './coordinator/options.js';
export type { History, RunRecord } from './callbacks/history.js';
export type { Scores } from './train/scores.js';
export type { DataValue, TypedValue } from './data/value.js';
export type { LossName } from './train/losses/registry.js';
export type { MetricName } from './train/metrics/registry.js';
export type { OptimizerConfig, OptimizerName } from './train/optimizers/registry.js';
export type { SharedArray } from './protocol/data.js';
export type {
  EnsemblePlan,
  GroupPlan,
  InputPlan,
  LogitsActivation,
  MemberPlan,
  MergeConfig,
  Named,
  OutputPlan,
  Shape,
  SimdOption,
  WeightSpec,
} from './protocol/plan.js';
export type {
  CompileOptions,
  EnsembleSpec,
  InputName,
  Inputs,
  LossOption,
  MemberSpec,
  MemberSpecs,
  MetricOption,
  OptimizerOption,
  OutputSpecs,
  PerEnd,
  Targets,
} from './plan/types.js';
