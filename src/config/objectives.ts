import type { Named } from '../protocol/plan.js';
import type { Definition } from '../registry/definition.js';
import type { Registry } from '../registry/registry.js';
import { readSetting, type Setting } from '../registry/setting.js';
import { lossRegistry } from '../train/losses/registry.js';
import { metricRegistry } from '../train/metrics/registry.js';
import type { Config } from './config.js';

type Compile = Config['compile'];

/** A name, or plain data. `compile` checks names. */
type Read<Kind extends string> = string | Named<Kind>;

/** The loss of all outputs, or losses by output. A key that names an output and a loss stands for the output. */
export function readLoss(
  given: Compile['loss'],
  outputs: Config['outputs'],
): Read<'loss'> | Record<string, Read<'loss'>> {
  if (typeof given === 'string') return given;
  const keys = Object.keys(given);
  const isOne = keys.length === 1 && keys.every((key) => lossRegistry.has(key) && !(key in outputs));
  if (isOne) return readSetting(lossRegistry, given as Setting, 'compile.loss');
  return Object.fromEntries(
    Object.entries(given).map(([output, setting]) => {
      return [output, read(lossRegistry, (setting ?? '') as Setting, `compile.loss.${output}`)];
    }),
  );
}

/** The metrics of all outputs, or lists of metrics by output. */
export function readMetrics(
  given: NonNullable<Compile['metrics']>,
): Read<'metric'>[] | Record<string, Read<'metric'>[]> {
  if (Array.isArray(given)) return readList(given, 'compile.metrics');
  return Object.fromEntries(
    Object.entries(given).map(([output, settings]) => [output, readList(settings, `compile.metrics.${output}`)]),
  );
}

function readList(settings: readonly Setting[], path: string): Read<'metric'>[] {
  return settings.map((setting, i) => read(metricRegistry, setting, `${path}[${i}]`));
}

function read<Kind extends string>(registry: Registry<Kind, Definition>, setting: Setting, path: string): Read<Kind> {
  return typeof setting === 'string' ? setting : readSetting(registry, setting, path);
}
