import { join } from 'node:path';
import { EnsembleError } from '../errors.js';
import { buildRun, disposeRun, type BuiltRun } from '../run/build.js';
import { checkConfig, readConfig, type Config } from '../run/config.js';
import type { DatasetCache } from '../run/data.js';
import { settle } from '../run/settle.js';
import { mistakes } from '../run/yaml.js';
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
  /** In the order of the definition. */
  readonly variants: readonly Variant[];
  /** Name of the variant that the others are compared with. */
  readonly baseline: string;
  readonly seeds: readonly number[];
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
 * @throws EnsembleError `CONFIG` with all mistakes in keys and names; that of the first variant that can't be built, naming it
 */
export async function planExperiment(definition: Definition, source: Source): Promise<ExperimentPlan> {
  const base = await readBase(definition, source.name);
  const { variants, problems } = expand(definition, base, source.folder);
  if (problems.length > 0) throw mistakes(source.name, problems);
  const seeds = definition.seeds ?? [base.fit.seed];
  const datasets: DatasetCache = new Map();
  const hashes: ArrayHashes = new Map();
  const runs: PlannedRun[] = [];
  for (const variant of variants) {
    const built = await build(variant, datasets);
    for (const seed of seeds) runs.push(planRun(definition, variant, seed, built, hashes));
    disposeRun(built);
  }
  return { definition, variants, baseline: definition.baseline ?? variants[0]?.name ?? '', seeds, runs };
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

/** Seeds change weights, not what can be wrong: a variant is built once. */
async function build({ name, config }: Variant, datasets: DatasetCache): Promise<BuiltRun> {
  try {
    return await buildRun(config, datasets);
  } catch (error) {
    if (!(error instanceof EnsembleError)) throw error;
    throw new EnsembleError(error.code, `variant "${name}": ${error.message}`, { cause: error });
  }
}

function planRun(
  definition: Definition,
  variant: Variant,
  seed: number,
  built: BuiltRun,
  hashes: ArrayHashes,
): PlannedRun {
  const { config: resolved, engines } = settle(
    {
      ...variant.config,
      name: `${definition.name}-${slug(variant.name)}`,
      fit: { ...variant.config.fit, seed, threads: 'auto' },
    },
    built,
  );
  return {
    variant: variant.name,
    seed,
    config: resolved,
    identity: identityOf(resolved, built, hashes),
    cost: estimateCost(resolved, built.trained.plan, engines, built.training, built.test),
    mostThreads: resolved.fit.threads,
    priority: variant.priority,
  };
}

/** A name as part of a folder's name: `batchSize=32, epochs=4` is `batchSize-32-epochs-4`. */
export function slug(name: string): string {
  return (
    name
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 60) || 'variant'
  );
}

/** Folder of a run within that of its series. */
export function runFolder({ variant, seed, identity }: PlannedRun): string {
  return join('runs', `${slug(variant)}-seed-${seed}-${identity}`);
}
