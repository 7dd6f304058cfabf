import { z } from 'zod';
import { sourceRegistry } from '../data/sources/registry.js';
import type { Source } from '../data/sources/source.js';
import { issuesOf } from '../text/issues.js';
import { nearest } from '../text/names.js';

/**
 * A data set in a configuration: a source with a mapping of its options, `{ mnist: { split: train, limit: 100 } }`. A source with a main
 * option also has a short form: the value of the main option replaces the mapping, and the other options follow it, `{ mnist: train, limit: 100 }`.
 */
export type DataSetting = Readonly<Record<string, unknown>>;

interface Reading {
  readonly source: Source;
  readonly options: Readonly<Record<string, unknown>>;
  /** The main option if the short form was used, else null. */
  readonly short: string | null;
}

/**
 * The schema of {@link DataSetting}, made from the options of its source. Values stay as they are written; defaults are filled in
 * when the data is loaded. The options are sorted in the order in which the source declares them.
 */
export const dataSetSchema = z.record(z.string(), z.unknown()).transform((given, context): DataSetting => {
  const reading = readDataSet(given);
  context.issues.push(...(reading === null ? [noSource(given)] : issuesOf(schemaOf(reading), given)));
  if (reading === null || context.issues.length > 0) return z.NEVER;
  const { source, options } = reading;
  const order = Object.keys(source.options).filter((key) => Object.hasOwn(options, key));
  return write({ ...reading, options: Object.fromEntries(order.map((key) => [key, options[key]])) });
});

/** Reads the setting of a data set; null if it names no known source. */
export function readDataSet(setting: DataSetting): Reading | null {
  const name = Object.keys(setting).find((key) => sourceRegistry.has(key));
  if (name === undefined) return null;
  const source = sourceRegistry.get(name);
  const { main } = source;
  const written = setting[name];
  if (isMapping(written)) return { source, options: written, short: null };
  return main === undefined
    ? { source, options: {}, short: null }
    : { source, options: renamed(setting, name, main), short: main };
}

/** The setting with a new `limit`, if the source has this option. */
export function limitSamples(setting: DataSetting, limit: number): DataSetting {
  const reading = readDataSet(setting);
  if (reading === null || !Object.hasOwn(reading.source.options, 'limit')) return setting;
  return write({ ...reading, options: { ...reading.options, limit } });
}

function write({ source: { name }, options, short }: Reading): DataSetting {
  return short === null ? { [name]: options } : renamed(options, short, name);
}

function schemaOf({ source: { name, options }, short }: Reading): z.ZodType {
  return z.strictObject(short === null ? { [name]: z.strictObject(options) } : renamed(options, short, name));
}

function renamed<T>(record: Readonly<Record<string, T>>, from: string, to: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key === from ? to : key, value]));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The issue for a data set without a known source: it points at the key that is most similar to a source. */
function noSource(given: DataSetting): z.core.$ZodRawIssue {
  const { names } = sourceRegistry;
  const keys = Object.keys(given);
  const key = keys.find((one) => nearest(one, names) !== undefined) ?? keys[0];
  return key === undefined
    ? { code: 'custom', message: `a source, one of ${names.join(', ')}`, input: given }
    : { code: 'unrecognized_keys', keys: [key], known: names, input: given };
}
