/** Series of runs in a program. */
export { Experiment, type ExperimentOptions, type ExperimentRun, type RunExperimentOptions } from './experiment.js';
export type { Changes, ExperimentDefinition } from './definition.js';
export type { ExperimentEvent, RunName } from './events.js';
export type { ExperimentResults, LandedRun, RunResult, VariantResults } from './results.js';
export type { FailedRun, FinishedRun, Interval } from '../report/data.js';
