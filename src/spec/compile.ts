import { distance } from 'fastest-levenshtein';
import { EnsembleError } from '../errors.js';
import type { EnsemblePlan, LossName, MetricName, Objective, OptimizerConfig } from '../protocol/plan.js';
import { losses } from '../train/losses/index.js';
import { metrics } from '../train/metrics/index.js';
import { defaultOptimizers } from '../train/optimizers/index.js';
import { quoted } from './names.js';
import type { CompileOptions, MemberSpecs, OptimizerName } from './types.js';

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
        `Expected the loss weight of output ${quoted([name])} to be a finite number. Received: ${lossWeight}`,
      );
    }
    objectives[name] = {
      loss,
      lossWeight,
      metrics: (metricsOf[name] ?? []).map((metric) => known(`metric of output ${quoted([name])}`, metric, metrics)),
    };
  }
  const optimizer = resolveOptimizer(options.optimizer);
  const optimizers: Record<string, OptimizerConfig> = {};
  for (const { name } of plan.members) {
    const own = members[name]?.optimizer;
    optimizers[name] = own === undefined ? optimizer : resolveOptimizer(own);
  }
  return { objectives, optimizer, optimizers };
}

function resolveOptimizer(optimizer: OptimizerConfig | OptimizerName): OptimizerConfig {
  if (typeof optimizer === 'object' && 'optimizer' in optimizer && 'learningRate' in optimizer) return optimizer;
  if (typeof optimizer === 'string') return defaultOptimizers[known('optimizer', optimizer, defaultOptimizers)]();
  throw new EnsembleError(
    'INVALID_OPTION',
    'Expected `optimizer` to be what sgd(), rmsprop(), adam() or adamw() returns, or one of these names. ' +
      `Received: ${JSON.stringify(optimizer)}`,
  );
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
      `Expected \`${option}\` to be given for ${quoted(names)}. Received: ${String(given)}`,
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
function metricsPerOutput(
  given: readonly MetricName[] | Readonly<Partial<Record<string, readonly MetricName[]>>>,
  names: readonly string[],
): Readonly<Partial<Record<string, readonly MetricName[]>>> {
  if (isList(given)) return Object.fromEntries(names.map((name) => [name, given]));
  checkOutputs('metrics', Object.keys(given), names);
  return given;
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
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

/** The key of a registry that a name stands for, or an error that says which is nearest. */
function known<Name extends string>(what: string, name: unknown, registry: Readonly<Record<Name, unknown>>): Name {
  if (typeof name === 'string' && Object.hasOwn(registry, name)) return name as Name;
  const names = Object.keys(registry) as Name[];
  const near = nearest(String(name), names);
  throw new EnsembleError(
    'INVALID_OPTION',
    `Expected the ${what} to be one of ${quoted(names)}. Received: ${JSON.stringify(name)}` +
      (near === undefined ? '' : `. Did you mean ${quoted([near])}?`),
  );
}

/** The candidate that a mistyped name probably stands for. */
export function nearest<Name extends string>(name: string, candidates: readonly Name[]): Name | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const [best] = candidates
    .map((candidate) => ({ candidate, far: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.far - b.far);
  return best !== undefined && best.far <= Math.max(2, best.candidate.length / 3) ? best.candidate : undefined;
}
