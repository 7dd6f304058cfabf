import type { EngineName } from '../engines/catalog.js';
import { chooseEngines } from '../engines/choose.js';
import { countThreads } from '../coordinator/threads.js';
import type { EnsemblePlan } from '../protocol/plan.js';
import type { BuiltRun } from './build.js';
import type { Config } from './config.js';

/** A run with its chosen engines and number of threads. */
export interface ResolvedRun {
  /** The configuration with the engines and threads, so that it repeats the run. */
  readonly config: Config & { readonly fit: { readonly threads: number } };
  /** Plan of the trained ensemble. */
  readonly plan: EnsemblePlan;
  /** Engine of each member. */
  readonly engines: Readonly<Record<string, EngineName>>;
  /** Number of training samples of each group per epoch. */
  readonly samples: readonly number[];
}

/** Chooses engines and threads if the configuration leaves them open. The choice depends on the plan and the installed packages. */
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
