import type { EngineName } from '../engines/catalog.js';
import { chooseEngines } from '../engines/choose.js';
import { countThreads } from '../coordinator/threads.js';
import type { EnsemblePlan } from '../protocol/plan.js';
import type { BuiltRun } from './build.js';
import type { Config } from './config.js';

/** A run with the choices that are made before training. */
export interface ResolvedRun {
  /** Names engines and threads, so that the run can be repeated. */
  readonly config: Config & { readonly fit: { readonly threads: number } };
  /** Of what is trained. */
  readonly plan: EnsemblePlan;
  /** Of each member. */
  readonly engines: Readonly<Record<string, EngineName>>;
  /** Samples that each group is trained on in an epoch. */
  readonly samples: readonly number[];
}

/** Makes the choices that a configuration leaves open, by the plan and what is installed. */
export function resolveRun(
  config: Config,
  { trained: { plan }, training }: Pick<BuiltRun, 'trained' | 'training'>,
): ResolvedRun {
  const { fit } = config;
  const engines = chooseEngines(plan, fit.engine);
  const [engine = fit.engine, ...others] = new Set(Object.values(engines));
  const threads = countThreads(fit.threads, engines, fit.batchSize);
  return {
    config: { ...config, fit: { ...fit, engine: others.length === 0 ? engine : engines, threads } },
    plan,
    engines,
    samples: training.samples.map((samples) => Math.floor(samples * (1 - fit.validationSplit))),
  };
}
