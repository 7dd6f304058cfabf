import { EnsembleError, show } from '../errors.js';
import type { EnsemblePlan, Named, Objective } from '../protocol/plan.js';
import type { Definition } from '../registry/definition.js';
import type { Registry } from '../registry/registry.js';
import { lossRegistry } from '../train/losses/registry.js';
import { metricRegistry } from '../train/metrics/registry.js';
import { optimizerRegistry } from '../train/optimizers/registry.js';
import { quoted } from '../text/names.js';
import { checkKeys } from '../text/options.js';
import type { CompileOptions, MemberSpecs } from './types.js';

const OPTIONS = {
  optimizer: true,
  loss: true,
  lossWeights: true,
  metrics: true,
} satisfies Record<keyof CompileOptions<string>, true>;

/** The result of `compile`: an objective for each output, and an optimizer for each member. */
export interface Compiled {
  readonly objectives: Readonly<Record<string, Objective>>;
  /** The optimizer of the members that have none of their own. */
  readonly optimizer: Named<'optimizer'>;
  readonly optimizers: Readonly<Record<string, Named<'optimizer'>>>;
}

/**
 * Resolves the options of `compile`.
 * @throws EnsembleError `INVALID_OPTION`, `UNKNOWN_OUTPUT`
 */
export function compileEnsemble(plan: EnsemblePlan, members: MemberSpecs, options: CompileOptions<string>): Compiled {
  checkKeys('the options of `compile`', options, OPTIONS);
  const names = plan.outputs.map((output) => output.name);
  const lossOf = perOutput('loss', options.loss, names, isNamed(lossRegistry));
  const isNumber = (value: unknown): boolean => typeof value === 'number';
  const weightOf = perOutput('lossWeights', options.lossWeights ?? {}, names, isNumber, true);
  const isMetrics = (value: unknown): boolean => Array.isArray(value) || isNamed(metricRegistry)(value);
  const metricsOf = perOutput('metrics', options.metrics ?? [], names, isMetrics, true);
  const objectives: Record<string, Objective> = {};
  for (const name of names) {
    const lossWeight = weightOf[name] ?? 1;
    if (!isFiniteNumber(lossWeight)) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected the loss weight of output ${quoted([name])} to be a finite number. Received: ${show(lossWeight)}`,
      );
    }
    objectives[name] = {
      loss: lossRegistry.resolve(`loss of output ${quoted([name])}`, lossOf[name]),
      lossWeight,
      metrics: [metricsOf[name] ?? []]
        .flat()
        .map((metric) => metricRegistry.resolve(`metric of output ${quoted([name])}`, metric)),
    };
  }
  const optimizer = optimizerRegistry.resolve('optimizer', options.optimizer);
  const optimizers: Record<string, Named<'optimizer'>> = {};
  for (const { name } of plan.members) {
    const own = members[name]?.optimizer;
    optimizers[name] =
      own === undefined ? optimizer : optimizerRegistry.resolve(`optimizer of member ${quoted([name])}`, own);
  }
  return { objectives, optimizer, optimizers };
}

/** Checks for a name, or the result of a function of the registry. */
function isNamed<Kind extends string>(registry: Registry<Kind, Definition>): (value: unknown) => boolean {
  return (value) => typeof value === 'string' || registry.isConfig(value);
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

/**
 * Turns one value for all outputs, a list in order, or a record by name into a record by name. An object with an output's name as a key is a
 * record.
 * @param isValue whether something is one value for all outputs. If it accepts a list, the list is one value
 * @param partial whether outputs may be left out. @defaultValue false
 */
function perOutput(
  option: string,
  given: unknown,
  names: readonly string[],
  isValue: (value: unknown) => boolean,
  partial = false,
): Readonly<Record<string, unknown>> {
  const isRecord = typeof given === 'object' && given !== null && names.some((name) => Object.hasOwn(given, name));
  if (!isRecord && isValue(given)) return Object.fromEntries(names.map((name) => [name, given]));
  if (Array.isArray(given)) {
    if (given.length !== names.length) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected \`${option}\` to have a value for each of the ${names.length} outputs ${quoted(names)}. Received: ${given.length} values`,
      );
    }
    return Object.fromEntries(names.map((name, i) => [name, given[i] as unknown]));
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
  return given as Readonly<Record<string, unknown>>;
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
