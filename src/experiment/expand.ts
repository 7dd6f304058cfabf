import { deleteProperty, parsePath, setProperty } from 'dot-prop';
import { checkConfig, withAbsolutePaths, type Config } from '../config/config.js';
import { didYouMean, didYouMeanOneOf } from '../text/names.js';
import type { Changes, Definition } from './definition.js';

/** A configuration that is run once with each seed. */
export interface Variant {
  readonly name: string;
  /** The changes of this variant, by dotted key, without the changes for all variants. */
  readonly changes: Changes;
  readonly config: Config;
  readonly priority: number;
}

/** All variants of a series, and the mistakes of all variants. */
export interface Expansion {
  readonly variants: readonly Variant[];
  readonly problems: readonly string[];
}

/** Name of the variant if the series has no variants and no grid. */
const BASE = 'base';

/**
 * Combines each named variant of a series with each combination of the grid.
 * @param base configuration of the series, with defaults filled in
 * @param folder paths of models in changes are relative to this folder
 */
export function expand(definition: Definition, base: Config, folder: string): Expansion {
  const named = Object.entries(definition.variants ?? { '': {} });
  const candidates = named.flatMap(([variant, own]) =>
    combinations(definition.grid ?? {}).map((combination) => ({
      variant,
      name: [variant, combinationName(combination)].filter((part) => part !== '').join(', ') || BASE,
      changes: { ...own, ...combination },
    })),
  );
  const problems: string[] = [];
  const variants: Variant[] = [];
  for (const { variant, name, changes } of candidates) {
    const { config, problems: found } = applyChanges(base, { ...definition.changes, ...changes }, folder);
    problems.push(...found.map((problem) => (name === BASE ? problem : `${name}: ${problem}`)));
    if (variants.some((other) => other.name === name)) problems.push(`two variants are named "${name}"`);
    const { priorities } = definition;
    const priority = priorities[name] ?? priorities[variant] ?? 0;
    if (config !== null) variants.push({ name, changes, config, priority });
  }
  const names = candidates.map(({ name }) => name);
  const known = [...new Set([...names, ...Object.keys(definition.variants ?? {})])];
  for (const key of Object.keys(definition.priorities).filter((one) => !known.includes(one)))
    problems.push(`priorities: expected variants, found "${key}"${didYouMean(key, known)}`);
  const { baseline } = definition;
  if (baseline !== undefined && !names.includes(baseline))
    problems.push(
      `baseline: expected one of the variants ${names.join('; ')}, found "${baseline}"${didYouMean(baseline, names)}`,
    );
  // A mistake in the base or in the common changes appears once for each variant.
  return { variants, problems: [...new Set(problems)] };
}

/** `[{ a: 1, b: 3 }, { a: 1, b: 4 }, ...]` of `{ a: [1, 2], b: [3, 4] }`; the last key varies fastest. */
function combinations(grid: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return Object.entries(grid).reduce<Record<string, unknown>[]>(
    (all, [key, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}

/** `batchSize=32, epochs=4` */
function combinationName(combination: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(combination);
  const lasts = keys.map((key) => String(parsePath(key).at(-1)));
  return Object.values(combination)
    .map((value, i) => {
      const short = lasts.filter((last) => last === lasts[i]).length === 1 ? lasts[i] : keys[i];
      return `${short ?? ''}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
    })
    .join(', ');
}

/** Sets each key to its value; null removes the key. Only the last part of a key may be new. */
function applyChanges(
  base: Config,
  changes: Changes,
  folder: string,
): { readonly config: Config | null; readonly problems: readonly string[] } {
  const changed = structuredClone(base) as Record<string, unknown>;
  const problems: string[] = [];
  for (const [key, value] of Object.entries(changes)) {
    const problem = unknownParent(changed, key);
    if (problem !== null) problems.push(problem);
    else if (value === null) deleteProperty(changed, key);
    else setProperty(changed, key, structuredClone(value));
  }
  if (problems.length > 0) return { config: null, problems };
  const { value, problems: found } = checkConfig(changed);
  return { config: value === null ? null : withAbsolutePaths(value, folder), problems: found };
}

/** The reason why a key cannot be set: the key is empty, or its parent does not exist. Null if it can be set. */
function unknownParent(config: object, key: string): string | null {
  const path = parsePath(key);
  const last = path.at(-1);
  if (last === undefined) return `${key}: expected a key of a run's configuration, such as \`fit.batchSize\``;
  let parent: unknown = config;
  for (const [i, part] of path.slice(0, -1).entries()) {
    // Inherited properties such as `constructor` are not keys of the configuration.
    const own = typeof parent === 'object' && parent !== null ? parent : {};
    if (!Object.hasOwn(own, part)) {
      const known = Object.keys(own);
      return `${key}: the base has no \`${path.slice(0, i + 1).join('.')}\`${didYouMeanOneOf(String(part), known)}`;
    }
    parent = (own as Record<string | number, unknown>)[part];
  }
  if (Array.isArray(parent) && (typeof last !== 'number' || last > parent.length))
    return `${key}: expected an index from 0 to ${parent.length} (${parent.length} appends to the list)`;
  return null;
}
