import type * as tf from '@tensorflow/tfjs';
import { allLayers } from '../model/layers.js';
import { layerPaths, type Rename } from '../model/copy.js';

/** Names that layers get in the assembled model. */
export interface AssembledNames {
  /** For each member, how its layers are called. */
  rename(member: string): Rename;
  /** For each member, its own name of each layer that got another one, by the new name. */
  originals(member: string): Record<string, string>;
}

/**
 * Saved weights are found by the names of their layers alone, so that tfjs refuses to load a model in which one stands twice,
 * however deep ("Duplicate weight name"). A layer with weights whose name stands twice, in several members or within one,
 * is called by its member and path: `cnn1/dense`, `cnn1/block/dense`.
 */
export function assembledNames(models: ReadonlyMap<string, tf.LayersModel>): AssembledNames {
  const layers = [...models].flatMap(([member, model]) =>
    layerPaths(model).map((path) => ({ member, path, name: path.at(-1) ?? '' })),
  );
  const weighted = new Set(
    [...models.values()].flatMap((model) =>
      allLayers(model).flatMap(({ layer }) => (layer.weights.length > 0 ? [layer.name] : [])),
    ),
  );
  const taken = new Set<string>();
  const repeated = new Set<string>();
  for (const { name } of layers) (taken.has(name) ? repeated : taken).add(name);
  const renames = new Map<string, string>();
  const originals: Record<string, Record<string, string>> = {};
  for (const { member, path, name } of layers) {
    if (!repeated.has(name) || !weighted.has(name)) continue;
    let unique = [member, ...path].join('/');
    while (taken.has(unique)) unique += '_';
    taken.add(unique);
    renames.set(JSON.stringify([member, ...path]), unique);
    (originals[member] ??= {})[unique] = name;
  }
  return {
    rename: (member) => (path) => renames.get(JSON.stringify([member, ...path])) ?? path.at(-1) ?? '',
    originals: (member) => originals[member] ?? {},
  };
}
