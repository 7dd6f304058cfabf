import { EnsembleError, show } from '../errors.js';
import type { EnsemblePlan, LossName, MetricName, Objective, OptimizerConfig } from '../protocol/plan.js';
import { losses } from '../train/losses/index.js';
import { metrics } from '../train/metrics/index.js';
import { defaultOptimizers } from '../train/optimizers/index.js';
import { didYouMean, quoted } from '../text/names.js';
import { checkKeys } from '../text/options.js';
import type { CompileOptions, MemberSpecs } from './types.js';

const OPTIONS = {
  optimizer: true,
  loss: true,
  lossWeights: true,
  metrics: true,
} satisfies Record<keyof CompileOptions<string>, true>;

/** How an ensemble is trained: an objective for each output, an optimizer for each member. */
export interface Compiled {
  readonly objectives: Readonly<Record<string, Objective>>;
  /** The common one, of members that have none of their own. */
  readonly optimizer: OptimizerConfig;
  readonly optimizers: Readonly<Record<string, OptimizerConfig>>;
}

/**
 * Resolves the options of `compile`.
 * @throws EnsembleError `INVALID_OPTION`, `UNKNOWN_OUTPUT`
 */
export function compileEnsemble(plan: EnsemblePlan, members: MemberSpecs, options: CompileOptions<string>): Compiled {
  checkKeys('the options of `compile`', options, OPTIONS);
  const names = plan.outputs.map((output) => output.name);
  const lossOf = perOutput<LossName>('loss', options.loss, names, (value) => typeof value === 'string');
  const weightOf = perOutput<number>(
    'lossWeights',
    options.lossWeights ?? {},
    names,
    (value) => typeof value === 'number',
    true,
  );
  const metricsOf = metricsPerOutput(options.metrics ?? [], names);
  const objectives: Record<string, Objective> = {};
  for (const name of names) {
    const loss = known<LossName>(`loss of output ${quoted([name])}`, lossOf[name], losses);
    const lossWeight = weightOf[name] ?? 1;
    if (!Number.isFinite(lossWeight)) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected the loss weight of output ${quoted([name])} to be a finite number. Received: ${show(lossWeight)}`,
      );
    }
    objectives[name] = {
      loss,
      lossWeight,
      metrics: [metricsOf[name] ?? []]
        .flat()
        .map((metric) => known(`metric of output ${quoted([name])}`, metric, metrics)),
    };
  }
  const optimizer = resolveOptimizer('optimizer', options.optimizer);
  const optimizers: Record<string, OptimizerConfig> = {};
  for (const { name } of plan.members) {
    const own = members[name]?.optimizer;
    optimizers[name] = own === undefined ? optimizer : resolveOptimizer(`optimizer of member ${quoted([name])}`, own);
  }
  return { objectives, optimizer, optimizers };
}

/** An optimizer may come from a program without types or from a file, so its options are checked again. */
function resolveOptimizer(what: string, given: unknown): OptimizerConfig {
  if (typeof given === 'string') return defaultOptimizers[known(what, given, defaultOptimizers)]();
  if (typeof given !== 'object' || given === null || !('optimizer' in given)) {
    throw new EnsembleError(
      'INVALID_OPTION',
      `Expected the ${what} to be what sgd(), rmsprop(), adam() or adamw() returns, or one of these names. ` +
        `Received: ${show(given)}`,
    );
  }
  const { optimizer, ...options } = given;
  const make: (options: object) => OptimizerConfig = defaultOptimizers[known(what, optimizer, defaultOptimizers)];
  try {
    return make(options);
  } catch (error) {
    if (!(error instanceof EnsembleError)) throw error;
    throw new EnsembleError(error.code, `Wrong ${what}: ${error.message}`, { cause: error });
  }
}

/** One value for all, a list in order, or a record by name → a record by name. */
function perOutput<Value>(
  option: string,
  given: unknown,
  names: readonly string[],
  isValue: (value: unknown) => boolean,
  partial = false,
): Partial<Record<string, Value>> {
  if (isValue(given)) return Object.fromEntries(names.map((name) => [name, given as Value]));
  if (Array.isArray(given)) {
    if (given.length !== names.length) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected \`${option}\` to have a value for each of the ${names.length} outputs ${quoted(names)}. Received: ${given.length} values`,
      );
    }
    return Object.fromEntries(names.map((name, i) => [name, given[i] as Value]));
  }
  if (typeof given !== 'object' || given === null) {
    throw new EnsembleError(
      'INVALID_OPTION',
      `Expected \`${option}\` to be given for ${quoted(names)}. Received: ${show(given)}`,
    );
  }
  checkOutputs(option, Object.keys(given), names);
  const missing = names.filter((name) => !Object.hasOwn(given, name));
  if (!partial && missing.length > 0) {
    throw new EnsembleError('INVALID_OPTION', `\`${option}\` has no value for the outputs ${quoted(missing)}.`);
  }
  return given;
}

/** A list is for all outputs (as each output has a list, a list of lists would be one too many to tell apart). */
function metricsPerOutput(given: unknown, names: readonly string[]): Readonly<Partial<Record<string, MetricName[]>>> {
  const isValue = (value: unknown): boolean => typeof value === 'string' || Array.isArray(value);
  return perOutput('metrics', given, names, isValue, true);
}

function checkOutputs(option: string, given: readonly string[], names: readonly string[]): void {
  const unknown = given.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new EnsembleError(
      'UNKNOWN_OUTPUT',
      `\`${option}\` is given for ${quoted(unknown)}, but the outputs are ${quoted(names)}.`,
    );
  }
}

/** The key of a registry that a name stands for, or an error that says which may be meant. */
function known<Name extends string>(what: string, name: unknown, registry: Readonly<Record<Name, unknown>>): Name {
  if (typeof name === 'string' && Object.hasOwn(registry, name)) return name as Name;
  const names = Object.keys(registry) as Name[];
  throw new EnsembleError(
    'INVALID_OPTION',
    `Expected the ${what} to be one of ${quoted(names)}. Received: ${show(name)}${didYouMean(String(name), names)}`,
  );
}
