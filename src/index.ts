export { Ensemble } from './ensemble.js';
export { EnsembleError, type EnsembleErrorCode } from './errors.js';
export {
  concatenate,
  direct,
  maximum,
  mean,
  minimum,
  product,
  sum,
  weightedMean,
  type MergeSpec,
} from './merge/index.js';
export {
  adam,
  adamw,
  rmsprop,
  sgd,
  type AdamOptions,
  type AdamwOptions,
  type RmspropOptions,
  type SgdOptions,
} from './train/optimizers/index.js';
export type { Callback, TrainingProgress } from './coordinator/callbacks.js';
export type { EngineChoice, EngineOption } from './coordinator/engines.js';
export type { FitOptions, RunOptions } from './coordinator/options.js';
export type { History, RunRecord, Scores } from './coordinator/history.js';
export type { DataValue, TypedValue } from './data/value.js';
export type { SharedArray } from './protocol/data.js';
export type {
  EngineName,
  EnsemblePlan,
  GroupPlan,
  InputPlan,
  LogitsActivation,
  LossName,
  MemberPlan,
  MergeConfig,
  MetricName,
  OptimizerConfig,
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
  MemberSpec,
  MemberSpecs,
  OptimizerName,
  OutputSpecs,
  PerEnd,
  Targets,
} from './spec/types.js';
