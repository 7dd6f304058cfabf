import type { Dataset } from '../data/dataset.js';
import { loadSource } from '../data/sources/source.js';
import { EnsembleError } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import type { BoundSet } from '../coordinator/fit.js';
import { prepared, type Ensemble } from '../ensemble.js';
import type { EnsemblePlan, Objective } from '../protocol/plan.js';
import type { Config } from './config.js';
import { readDataSet } from './dataSets.js';

/** Inputs and targets by name, as their data sets have them. */
export interface RunData {
  readonly inputs: Readonly<Record<string, SharedArray>>;
  readonly targets: Readonly<Record<string, SharedArray>>;
  /** Of each group, in the order of the plan. */
  readonly samples: readonly number[];
  /** The same, checked and bound to the ends. */
  readonly bound: BoundSet;
}

/** Data sets that were read, by their settings: each is read once, also by runs that differ in other things. */
export type DatasetCache = Map<string, Promise<Dataset>>;

/** An ensemble's ends and what its outputs are trained or tested for. */
export interface Ends {
  /** It has been compiled. */
  readonly ensemble: Ensemble;
  readonly plan: EnsemblePlan;
  /** Its outputs in the configuration. */
  readonly outputs: Config['outputs'];
  readonly objectives: Readonly<Record<string, Objective>>;
}

/**
 * The data of all ends, checked against the plan.
 * @param choose the data set that stands for one that is named in the configuration
 * @throws EnsembleError `CONFIG`, and those of the data sets' sources
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
  // The ends that the plan has; members that reach no output need no data.
  for (const { name } of plan.inputs) inputs[name] = (await load(choose(config.inputs[name]?.from ?? ''))).x;
  for (const { name } of plan.outputs) targets[name] = (await load(choose(outputs[name]?.target ?? ''))).y;
  const bound = prepared.bind(ensemble, inputs, targets);
  return { inputs, targets, samples: bound.ranges.map(({ samples }) => samples), bound };
}

/** The inputs that an ensemble has, of those of another with the same members. */
export function inputsOf({ inputs }: EnsemblePlan, given: RunData['inputs']): RunData['inputs'] {
  return Object.fromEntries(Object.entries(given).filter(([name]) => inputs.some((input) => input.name === name)));
}

/** Which data set stands for one that was trained on, when testing. */
export function testSet(on: string | Readonly<Record<string, string>>): (set: string) => string {
  if (typeof on === 'string') return () => on;
  return (set) => {
    const test = on[set];
    if (test === undefined) throw new EnsembleError('CONFIG', `expected a data set to test "${set}" on, found none`);
    return test;
  };
}

/** Puts the place in the configuration before the message of what goes wrong. */
export async function within<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EnsembleError)) throw error;
    throw new EnsembleError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** Lets go of data sets that none of these configurations reads. */
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
