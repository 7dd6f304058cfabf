import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { checkData, mistakes, parseYaml, readText, type Checked } from '../config/yaml.js';

const name = z.string().min(1);

const changes = z.record(name, z.unknown());

const definition = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, { error: 'letters, digits, "-" and "_" (it names a folder)' }),
  base: z.union([name, z.looseObject({})]),
  changes: changes.default({}),
  variants: z.record(name, changes.nullable()).optional(),
  grid: z.record(name, z.array(z.unknown()).min(1)).optional(),
  seeds: z.array(z.int().min(0)).min(1).optional(),
  baseline: name.optional(),
  metric: name.optional(),
  priorities: z.record(name, z.int()).default({}),
});

/**
 * Dotted keys of a run's configuration and their new values. A value replaces the whole old value; null removes the key:
 * `{ 'fit.batchSize': 32, 'nets.cnn[2].dropout.rate': 0.5, 'outputs.combined': { sum: ['cnn1', 'cnn2'], target: 'digits' } }`.
 */
export type Changes = Readonly<Record<string, unknown>>;

/** The definition of a series of runs, in a file or in a program. */
export interface ExperimentDefinition {
  /** Letters, digits, "-" and "_". It is also the name of the results folder. */
  readonly name: string;
  /** The configuration that all variants start from (docs/configuration.md), or the path of its file. */
  readonly base: string | Readonly<Record<string, unknown>>;
  /** Changes for all variants. @defaultValue none */
  readonly changes?: Changes;
  /** The changes of each variant, by name; null changes nothing. @defaultValue the base alone */
  readonly variants?: Readonly<Record<string, Changes | null>>;
  /** Dotted keys, each with a list of values. Each variant is run with every combination. @defaultValue none */
  readonly grid?: Readonly<Record<string, readonly unknown[]>>;
  /** Each variant is run once with each seed. @defaultValue the base's */
  readonly seeds?: readonly number[];
  /** The variant that the others are compared with, seed by seed. @defaultValue the first one */
  readonly baseline?: string;
  /** The final metric that comes first in the results. @defaultValue the first accuracy on test data, or the next best choice */
  readonly metric?: string;
  /** Priorities by variant. Variants with higher numbers run first. @defaultValue 0 each */
  readonly priorities?: Readonly<Record<string, number>>;
}

/** A definition with defaults filled in. */
export type Definition = z.output<typeof definition>;

/**
 * Reads a series from its file. Paths in the file are relative to its folder.
 * @throws EnsembleError `CONFIG`
 */
export async function readDefinition(file: string): Promise<Definition> {
  const read = checkedDefinition(parseYaml(await readText(file), file), file);
  return typeof read.base === 'string' ? { ...read, base: resolve(dirname(file), read.base) } : read;
}

/**
 * Checks a series from a file or a program, and reports all mistakes at once.
 * @throws EnsembleError `CONFIG`
 */
export function checkedDefinition(given: unknown, file: string): Definition {
  const { value, problems } = checkDefinition(given);
  if (value === null) throw mistakes(file, problems);
  return value;
}

function checkDefinition(given: unknown): Checked<Definition> {
  // The two kinds of files are in the same folder, so users mix them up.
  if (typeof given === 'object' && given !== null && 'members' in given && !('base' in given)) {
    return {
      value: null,
      problems: [
        'expected a series of runs with a `base`; this is the configuration of a single run, for `train --config`',
      ],
    };
  }
  return checkData(given, definition, rules);
}

function* rules({ changes, variants, grid, seeds }: Definition): Generator<string> {
  if (variants !== undefined && Object.keys(variants).length === 0) yield 'variants: expected at least one';
  if (grid !== undefined && Object.keys(grid).length === 0) yield 'grid: expected at least one key with its values';
  if (seeds !== undefined && new Set(seeds).size < seeds.length) yield 'seeds: expected each seed once';
  for (const key of Object.keys(variants ?? {})) {
    if (/^\d+$/.test(key))
      yield `variants.${key}: expected a name that is not a number, because JavaScript changes the order of numeric keys`;
    if (/\p{Cc}/u.test(key)) yield `variants: expected names in one line, found ${JSON.stringify(key)}`;
  }
  yield* reserved('changes', changes);
  for (const [key, own] of Object.entries(variants ?? {})) yield* reserved(`variants.${key}`, own ?? {});
  for (const [key, values] of Object.entries(grid ?? {}))
    for (const value of values) yield* reserved('grid', { [key]: value });
}

/** Options of `fit` that the series sets itself. */
const RESERVED = { seed: 'seeds are listed in `seeds`', threads: 'threads are set for the series, not for a run' };

function* reserved(section: string, record: Changes): Generator<string> {
  if ('name' in record) yield `${section}.name: runs are named by their variants and seeds`;
  const { fit } = record;
  for (const [key, reason] of Object.entries(RESERVED)) {
    const isInside = typeof fit === 'object' && fit !== null && key in fit;
    if (isInside || `fit.${key}` in record) yield `${section}.fit.${key}: ${reason}`;
  }
}
