import { z } from 'zod';
import { EnsembleError } from '../errors.js';
import type { Named } from '../protocol/plan.js';
import type { Registry } from '../registry/registry.js';
import { readSetting, type Setting } from '../registry/setting.js';
import type { Definition } from '../registry/types.js';
import { quoted } from '../text/names.js';

/** A loss or a metric: its name, or its name with options. */
const setting = z.union([z.string(), z.looseObject({})]);

/** One loss for all outputs, or one for each: `{ combined: huber, cnn3: { huber: { delta: 2 } } }`. */
export const lossSchema = z.union([z.string(), z.record(z.string().min(1), setting)]);

/** One metric, such as `accuracy`, or a list of metrics. */
const metricList = z.union([z.string().transform((metric) => [metric]), z.array(setting)]);

/** Metrics of all outputs, or of each output. */
export const metricsSchema = z.union([
  metricList,
  z.record(z.string().min(1), z.union([metricList, z.looseObject({})])),
]);

/**
 * Reads losses or metrics, given for all outputs or by output. A mapping with the name of an output is read by output; any other mapping is a
 * single setting with options.
 * @param outputs names of the outputs of the ensemble
 * @param others names of outputs that only the other ensemble of the configuration has; their settings are left out
 * @param path path in the configuration, for messages
 * @throws EnsembleError `CONFIG` for an unknown name, wrong options, or a mapping that is neither
 */
export function readObjectives<Kind extends string>(
  registry: Registry<Kind, Definition>,
  given: unknown,
  { outputs, others }: { readonly outputs: readonly string[]; readonly others: readonly string[] },
  path: string,
): Named<Kind> | Named<Kind>[] | Record<string, unknown> {
  if (Array.isArray(given)) return given.map((item: unknown, i) => read(registry, item, `${path}[${i}]`));
  if (typeof given !== 'object' || given === null) return read(registry, given, path);
  const named = [...outputs, ...others].some((name) => Object.hasOwn(given, name));
  if (!named && Object.keys(given).length === 1) return read(registry, given, path);
  if (!named) {
    throw new EnsembleError(
      'CONFIG',
      `${path}: expected one ${registry.kind}, or a ${registry.kind} for each of the outputs ${quoted(outputs)}, found ${quoted(Object.keys(given))}`,
    );
  }
  const own = Object.entries(given).filter(([name]) => !others.includes(name));
  return Object.fromEntries(
    own.map(([name, value]) => [name, readObjectives(registry, value, { outputs: [], others: [] }, `${path}.${name}`)]),
  );
}

function read<Kind extends string>(registry: Registry<Kind, Definition>, given: unknown, path: string): Named<Kind> {
  return readSetting(registry, given as Setting, path);
}
