import { z } from 'zod';
import { EnsembleError, show } from '../errors.js';
import { expectationOf } from '../text/issues.js';
import { didYouMean } from '../text/names.js';
import type { Definition, ResolvedOptions } from './types.js';

/** The metadata of an option's schema: see {@link described}. */
export interface OptionMeta {
  /** What the option does, for the documentation. */
  readonly description: string;
  /** The rule for the value in words, for messages. @defaultValue derived from the schema */
  readonly rule?: string;
  /** Unit of the value, such as "samples" or "ms". */
  readonly unit?: string;
}

/** Adds a default and metadata to a schema. */
function option<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>, meta: OptionMeta) {
  return schema.default(value as never).meta({ ...meta });
}

/** A finite number > 0. */
export const positive = (value: number, description: string) =>
  option(z.number().positive(), value, { description, rule: 'a finite number > 0' });

/** A finite number > 0 without a default. */
export const requiredPositive = (description: string) =>
  described(z.number().positive(), { description, rule: 'a finite number > 0' });

/** A finite number >= 0. */
export const notNegative = (value: number, description: string) =>
  option(z.number().min(0), value, { description, rule: 'a finite number >= 0' });

/** The decay of a moving average, from 0 to below 1. With 1, the average would never change. */
export const decay = (value: number, description: string) =>
  option(z.number().min(0).lt(1), value, { description, rule: 'a number >= 0 and < 1' });

/** A number from 0 to 1. */
export const fraction = (value: number, description: string) =>
  option(z.number().min(0).max(1), value, { description, rule: 'a number from 0 to 1' });

/** An integer >= `least`. */
export const integer = (least: number, value: number, description: string) =>
  option(z.int().min(least), value, { description, rule: `an integer >= ${least}` });

/** True or false. */
export const flag = (value: boolean, description: string) =>
  option(z.boolean(), value, { description, rule: 'true or false' });

/** Adds metadata to any other schema of zod 4. */
export function described<Schema extends z.ZodType>(schema: Schema, meta: OptionMeta): Schema {
  return schema.meta({ ...meta });
}

/**
 * Checks options against their definition and fills in the defaults.
 * @throws EnsembleError `INVALID_OPTION` for a value that is not allowed and for an option that does not exist
 */
export function resolveOptions<Shape extends z.ZodRawShape>(
  { name, options }: Definition<string, Shape>,
  given: unknown,
): ResolvedOptions<Shape> {
  const parsed = z.strictObject(options).safeParse(given);
  // zod replaces `undefined` by the default. In a program, `undefined` is more probably a mistake, so it is refused.
  const empty = Object.keys(options).find(
    (key) => isObject(given) && Object.hasOwn(given, key) && given[key] === undefined,
  );
  if (parsed.success && empty === undefined) return parsed.data;
  throw new EnsembleError('INVALID_OPTION', complain(name, options, given, parsed.error?.issues ?? [], empty));
}

/**
 * The message about the first mistake.
 * @param empty the name of an option that is `undefined`
 */
function complain(
  name: string,
  options: z.ZodRawShape,
  given: unknown,
  issues: readonly z.core.$ZodIssue[],
  empty: string | undefined,
): string {
  const names = Object.keys(options);
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  const [mistyped] = unknown?.keys ?? [];
  if (mistyped !== undefined) {
    const expected = names.length === 0 ? 'to be left out: it has none' : `to be among ${names.join(', ')}`;
    return `Expected the options of ${name}() ${expected}. Received: ${show(mistyped)}${didYouMean(mistyped, names)}`;
  }
  const [issue] = issues;
  const [key = empty] = issue?.path ?? [];
  if (typeof key !== 'string' || !isObject(given)) {
    const [first] = names;
    const value = first === undefined ? undefined : defaultOf(options[first]);
    const example = first === undefined ? '' : `, such as { ${first}: ${value === undefined ? '...' : show(value)} }`;
    return `Expected the options of ${name}() to be an object${example}. Received: ${show(given)}`;
  }
  const schema = options[key];
  const meta = schema instanceof z.ZodType ? (schema.meta() as Partial<OptionMeta> | undefined) : undefined;
  const rule = meta?.rule ?? (issue === undefined ? 'a value' : expectationOf(issue));
  const fallback = defaultOf(schema);
  const remedy = fallback === undefined ? '' : ` Leave it out for ${name}'s default, ${show(fallback)}.`;
  return `Expected \`${key}\` to be ${rule}. Received: ${show(given[key])}.${remedy}`;
}

function defaultOf(schema: z.core.$ZodType | undefined): unknown {
  return schema instanceof z.ZodDefault ? schema.parse(undefined) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
