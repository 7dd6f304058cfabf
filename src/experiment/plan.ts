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
  /** Resolved: it has the chosen engines and all defaults. */
  readonly config: Config;
  /** {@link identityOf} */
  readonly identity: string;
  readonly cost: Cost;
  /** The largest number of threads that the run can use. */
  readonly mostThreads: number;
  readonly priority: number;
}

/** A series after all checks. */
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
 * Checks all variants of a series before the first run starts: keys, names, layers, shapes and data.
 * @param source where the definition comes from: its name in messages, and the folder that its paths are relative to
 * @throws EnsembleError `CONFIG` with all mistakes in keys and names; if these are right, the errors of all variants that cannot be built, with
 *   the code of the first; `ABORTED`
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
    await setImmediate(); // lets signal handlers run
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

/** Two equal variants are probably a mistake. This is only a warning, because their runs are trained once. */
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

/** The runs of a variant. They differ only in the seed and the identity. */
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

/** A name in the form for a folder: `batchSize=32, epochs=4` becomes `batchSize-32-epochs-4`. */
function slug(name: string): string {
  return (
    name
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 60) || 'variant'
  );
}

/** The identity at the end of a folder's name; null if it is not the folder of a run. */
export function identityIn(folder: string): string | null {
  return /-seed-\d+-([0-9a-f]+)$/.exec(folder)?.[1] ?? null;
}

/** Folder of a run, relative to the series' folder. */
export function runFolder({ variant, seed, identity }: PlannedRun): string {
  return join('runs', `${slug(variant)}-seed-${seed}-${identity}`);
}
