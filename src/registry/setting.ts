import { z } from 'zod';
import { EnsembleError } from '../errors.js';
import type { Named } from '../protocol/plan.js';
import { didYouMean } from '../text/names.js';
import type { Definition } from './definition.js';
import { resolveOptions } from './options.js';
import type { Registry } from './registry.js';

/** A registered thing in YAML: its name, `adam`, or its name with options, `{ adam: { learningRate: 0.001 } }`. */
export type Setting = string | Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;

/** The schema of a mapping with one key. The key is a name, and its value has the options. */
export function oneNamed(what: string) {
  return z
    .record(z.string(), z.looseObject({}).nullable())
    .refine((value) => Object.keys(value).length === 1, { error: what });
}

/**
 * The schema of {@link Setting}. Names and options are checked by {@link readSetting}.
 * @param what the expected value, for the message: `one optimizer, such as { adam: { learningRate: 0.001 } }`
 */
export function settingSchema(what: string) {
  return z.union([z.string(), oneNamed(what)]);
}

/**
 * Converts a YAML setting to plain data.
 * @param path the path of the setting in the file, for messages
 * @throws EnsembleError `CONFIG` with the path, the expected value and the found value
 */
export function readSetting<Kind extends string>(
  registry: Registry<Kind, Definition>,
  setting: Setting,
  path: string,
): Named<Kind> {
  const [[name, options] = ['', null]] =
    typeof setting === 'string' ? [[setting, null] as const] : Object.entries(setting);
  if (!registry.has(name)) {
    const { names } = registry;
    throw new EnsembleError(
      'CONFIG',
      `${path}: expected one of ${names.join(', ')}, found "${name}"${didYouMean(name, names)}`,
    );
  }
  try {
    return { [registry.kind]: name, ...resolveOptions(registry.get(name), options ?? {}) } as Named<Kind>;
  } catch (error) {
    if (!(error instanceof EnsembleError)) throw error;
    throw new EnsembleError('CONFIG', `${path}.${name}: ${error.message}`, { cause: error });
  }
}

/**
 * The schema of an option whose value is a registered thing, such as the schedule of a learning rate. It takes plain data, and the form of
 * YAML: a name with its options.
 * @param what the option in words, for messages
 */
export function nested<Kind extends string>(registry: Registry<Kind, Definition>, what: string) {
  const setting = oneNamed(what);
  const read = (value: unknown): Named<Kind> | null => {
    if (registry.isConfig(value)) return registry.resolve(what, value);
    const [entry] = Object.entries(setting.safeParse(value).data ?? {});
    return entry === undefined ? null : registry.create(what, entry[0], entry[1] ?? {});
  };
  return z.custom<Named<Kind>>().transform((value, context): Named<Kind> => {
    const data = read(value);
    if (data !== null) return data;
    context.addIssue({ code: 'custom', message: what, input: value });
    return z.NEVER;
  });
}
