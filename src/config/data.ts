import type { Dataset } from '../data/dataset.js';
import { loadSource } from '../data/sources/source.js';
import { EnsembleError } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import type { BoundSet } from '../coordinator/fit.js';
import { prepared, type Ensemble } from '../ensemble.js';
import type { EnsemblePlan, Objective } from '../protocol/plan.js';
import type { Config } from './config.js';
import { readDataSet } from './dataSets.js';

/** Data of all inputs and targets, by name. */
export interface RunData {
  readonly inputs: Readonly<Record<string, SharedArray>>;
  readonly targets: Readonly<Record<string, SharedArray>>;
  /** Number of samples of each group, in the order of the plan. */
  readonly samples: readonly number[];
  /** The same data, checked and bound to the inputs and outputs. */
  readonly bound: BoundSet;
}

/** Loaded data sets by their settings. Several runs that use the same data set load it once. */
export type DatasetCache = Map<string, Promise<Dataset>>;

/** An ensemble with its outputs and objectives. */
export interface Ends {
  /** A compiled ensemble. */
  readonly ensemble: Ensemble;
  readonly plan: EnsemblePlan;
  /** The outputs of the ensemble in the configuration. */
  readonly outputs: Config['outputs'];
  readonly objectives: Readonly<Record<string, Objective>>;
}

/**
 * Loads the data of all inputs and outputs, and checks it against the plan.
 * @param choose maps the name of a data set in the configuration to the name of the data set to use
 * @throws EnsembleError `CONFIG`; the errors of the data sources
 */
export async function bindData(
  config: Config,
  cache: DatasetCache,
  { ensemble, plan, outputs }: Ends,
  choose: (set: string) => string,
): Promise<RunData> {
  const load = (name: string): Promise<Dataset> => loadDataset(config, cache, name);
  const inputs: Record<string, SharedArray> = {};
  const targets: Record<string, SharedArray> = {};
  // The plan has only the inputs that reach an output; others need no data.
  for (const { name } of plan.inputs) inputs[name] = (await load(choose(config.inputs[name]?.from ?? ''))).x;
  for (const { name } of plan.outputs) targets[name] = (await load(choose(outputs[name]?.target ?? ''))).y;
  const bound = prepared.bind(ensemble, inputs, targets);
  return { inputs, targets, samples: bound.ranges.map(({ samples }) => samples), bound };
}

/** The data of the inputs that the plan has. */
export function inputsOf({ inputs }: EnsemblePlan, given: RunData['inputs']): RunData['inputs'] {
  return Object.fromEntries(Object.entries(given).filter(([name]) => inputs.some((input) => input.name === name)));
}

/** Maps a data set used in training to the data set for testing. */
export function testSet(on: string | Readonly<Record<string, string>>): (set: string) => string {
  if (typeof on === 'string') return () => on;
  return (set) => {
    const test = on[set];
    if (test === undefined) throw new EnsembleError('CONFIG', `expected a test data set for "${set}", found none`);
    return test;
  };
}

/** Prefixes the messages of errors with the path in the configuration. */
export async function within<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EnsembleError)) throw error;
    throw new EnsembleError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** Removes the data sets that none of these configurations uses. */
export function pruneCache(cache: DatasetCache, configs: readonly Config[]): void {
  const used = new Set(configs.flatMap(({ data }) => Object.values(data).map(keyOf)));
  for (const key of cache.keys()) if (!used.has(key)) cache.delete(key);
}

function loadDataset(config: Config, cache: DatasetCache, name: string): Promise<Dataset> {
  const settings = config.data[name];
  return within(`data.${name}`, () => {
    const reading = settings && readDataSet(settings);
    if (!reading) throw new EnsembleError('CONFIG', 'expected a data set of this name, found none');
    const key = keyOf(settings);
    const data = cache.get(key) ?? loadSource(reading.source, reading.options);
    cache.set(key, data);
    return data;
  });
}

function keyOf(settings: Config['data'][string]): string {
  return JSON.stringify(settings);
}
