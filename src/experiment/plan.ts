import { join } from 'node:path';
import { EnsembleError } from '../errors.js';
import { setImmediate } from 'node:timers/promises';
import { buildRun, disposeRun, type BuiltRun } from '../config/build.js';
import { checkConfig, readConfig, type Config } from '../config/config.js';
import { pruneCache, type DatasetCache } from '../config/data.js';
import { finalMetricNames } from '../run/record.js';
import { resolveRun } from '../config/resolve.js';
import { mistakes } from '../config/yaml.js';
import { didYouMeanOneOf } from '../text/names.js';
import { estimateCost, type Cost } from './cost.js';
import type { Definition } from './definition.js';
import { expand, type Variant } from './expand.js';
import { identityOf, type ArrayHashes } from './identity.js';

/** One training of a series. */
export interface PlannedRun {
  readonly variant: string;
  readonly seed: number;
  /** Resolved: engines are named, defaults filled in. */
  readonly config: Config;
  /** {@link identityOf} */
  readonly identity: string;
  readonly cost: Cost;
  /** The most threads that it has work for. */
  readonly mostThreads: number;
  readonly priority: number;
}

/** A series, checked whole. */
export interface ExperimentPlan {
  readonly definition: Definition;
  /** Resolved, before changes. */
  readonly base: Config;
  /** In the order of the definition. */
  readonly variants: readonly Variant[];
  /** Name of the variant that the others are compared with. */
  readonly baseline: string;
  /** Variant by variant, seed by seed. */
  readonly runs: readonly PlannedRun[];
}

export interface Source {
  readonly name: string;
  readonly folder: string;
}

/**
 * Checks a series to its last variant before anything is run: keys, names, layers, shapes and data.
 * @param source where the definition is from: what messages call it, and the folder that its paths are relative to
 * @throws EnsembleError `CONFIG` with all mistakes in keys and names; then those of all variants that can't be built, with the code of the
 *   first; `ABORTED`
 */
export async function planExperiment(
  definition: Definition,
  source: Source,
  signal?: AbortSignal,
): Promise<ExperimentPlan> {
  const base = await readBase(definition, source.name);
  const { variants, problems } = expand(definition, base, source.folder);
  if (problems.length > 0) throw mistakes(source.name, problems);
  const seeds = definition.seeds ?? [base.fit.seed];
  const datasets: DatasetCache = new Map();
  const hashes: ArrayHashes = new WeakMap();
  const runs: PlannedRun[] = [];
  const metrics = new Set<string>();
  const errors: EnsembleError[] = [];
  for (const [i, variant] of variants.entries()) {
    if (signal?.aborted === true) throw new EnsembleError('ABORTED', 'The series was stopped before it began.');
    try {
      const built = await buildRun(variant.config, datasets);
      runs.push(...planRuns(definition, variant, seeds, built, hashes));
      for (const name of finalMetricNames(built, variant.config)) metrics.add(name);
      disposeRun(built);
    } catch (error) {
      if (!(error instanceof EnsembleError)) throw error;
      errors.push(new EnsembleError(error.code, `${variant.name}: ${error.message}`, { cause: error }));
    }
    pruneCache(
      datasets,
      variants.slice(i + 1).map(({ config }) => config),
    );
    await setImmediate(); // for signals
  }
  const [first, ...others] = errors;
  if (first !== undefined) {
    const lines = errors.map(({ message }) => message);
    throw others.length === 0 ? first : new EnsembleError(first.code, mistakes(source.name, lines).message);
  }
  const { metric } = definition;
  if (metric !== undefined && !metrics.has(metric)) {
    throw mistakes(source.name, [`metric: no run has "${metric}"${didYouMeanOneOf(metric, [...metrics])}`]);
  }
  warnOfSame(runs);
  return { definition, variants, base, baseline: definition.baseline ?? variants[0]?.name ?? '', runs };
}

/** Two variants that are the same runs are most likely a mistake, but no harm: the runs are done once. */
function warnOfSame(runs: readonly PlannedRun[]): void {
  const variantOf = new Map<string, string>();
  const told = new Set<string>();
  for (const { identity, variant } of runs) {
    const other = variantOf.get(identity) ?? variant;
    variantOf.set(identity, other);
    if (other === variant || told.has(variant)) continue;
    told.add(variant);
    process.emitWarning(`The variants "${other}" and "${variant}" are the same.`, 'EnsembleWarning', 'SAME_VARIANTS');
  }
}

async function readBase({ base }: Definition, source: string): Promise<Config> {
  if (typeof base === 'string') return readConfig(base);
  const { value, problems } = checkConfig(base);
  if (value === null)
    throw mistakes(
      source,
      problems.map((problem) => `base: ${problem}`),
    );
  return value;
}

/** Seeds decide weights, and so identities; all else that is planned is the same for all of a variant's runs. */
function planRuns(
  definition: Definition,
  { name, config, priority }: Variant,
  seeds: readonly number[],
  built: BuiltRun,
  hashes: ArrayHashes,
): PlannedRun[] {
  const open: Config = { ...config, name: `${definition.name}-${slug(name)}`, fit: { ...config.fit, threads: 'auto' } };
  const { config: forAllSeeds, engines } = resolveRun(open, built);
  const cost = estimateCost(forAllSeeds, built.trained.plan, engines, built.training, built.test);
  return seeds.map((seed) => {
    const resolved = { ...forAllSeeds, fit: { ...forAllSeeds.fit, seed } };
    const identity = identityOf(resolved, built, hashes);
    return { variant: name, seed, config: resolved, identity, cost, mostThreads: resolved.fit.threads, priority };
  });
}

/** A name as part of a folder's name: `batchSize=32, epochs=4` is `batchSize-32-epochs-4`. */
function slug(name: string): string {
  return (
    name
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 60) || 'variant'
  );
}

/** The identity that the name of a run's folder ends with; null where it is another folder's. */
export function identityIn(folder: string): string | null {
  return /-seed-\d+-([0-9a-f]+)$/.exec(folder)?.[1] ?? null;
}

/** Folder of a run within that of its series. */
export function runFolder({ variant, seed, identity }: PlannedRun): string {
  return join('runs', `${slug(variant)}-seed-${seed}-${identity}`);
}
