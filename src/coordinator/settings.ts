import { z } from 'zod';
import { EnsembleError, show } from '../errors.js';
import { expectationOf, innermost, pathOf, valueAt } from '../text/issues.js';
import { checkKeys } from '../text/options.js';
import { expectedBy } from '../text/schemas.js';
import { fitOptions, localOptions, runOptions, type FitOption, type FitOptions, type RunOptions } from './options.js';

/** The options' schemas by name, as zod wants them for the schema of an object. */
export function shapeOf<Options extends Readonly<Record<string, FitOption>>>(options: Options) {
  const shape = Object.entries(options).map(([name, { schema }]) => [name, schema]);
  return Object.fromEntries(shape) as { [Name in keyof Options]: Options[Name]['schema'] };
}

const allOptions = z.object(shapeOf(fitOptions));

/** The options of a call, checked, with their defaults. */
export type ResolvedFitOptions = Readonly<z.output<typeof allOptions>>;

/** The options that are plain data. Threads get all of them. */
export type Settings = Omit<ResolvedFitOptions, keyof typeof localOptions>;

export function settingsOf(resolved: ResolvedFitOptions): Settings {
  return Object.fromEntries(Object.entries(resolved).filter(([name]) => !(name in localOptions))) as Settings;
}

/**
 * Checks the options of a call and adds defaults, also for the options of `fit` that the call does not take.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function resolveRunOptions(call: string, given: RunOptions): ResolvedFitOptions {
  return resolve(call, given, runOptions);
}

/** Like {@link resolveRunOptions}, for `fit`. */
export function resolveFitOptions<Input extends string, Output extends string>(
  given: FitOptions<Input, Output>,
): ResolvedFitOptions {
  return resolve('fit', given, fitOptions);
}

function resolve(call: string, given: object, known: Readonly<Record<string, FitOption>>): ResolvedFitOptions {
  checkKeys(`the options of \`${call}\``, given, known);
  const { success, data, error } = allOptions.safeParse(given);
  if (success) return data;
  const [issue] = error.issues.flatMap(innermost);
  const path = issue?.path ?? [];
  const option = known[String(path[0])];
  const expected = issue && path.length > 1 ? expectationOf(issue) : option && expectedBy(option.schema);
  throw new EnsembleError(
    'INVALID_OPTION',
    `Expected \`${pathOf(path)}\` to be ${expected}. Received: ${show(valueAt(given, path))}`,
  );
}

/** Picks from the options of a `fit` those that every call takes. */
export function runOptionsIn<Options extends object>(
  options: Options,
): Pick<Options, keyof Options & keyof RunOptions> {
  const own = Object.entries(options).filter(([name]) => name in runOptions);
  return Object.fromEntries(own) as Pick<Options, keyof Options & keyof RunOptions>;
}
