import type * as tf from '@tensorflow/tfjs';
import { allLayers } from '../model/layers.js';
import { layerPaths, type Rename } from '../model/copy.js';

/** Names of layers in the assembled model. */
export interface AssembledNames {
  /** The renaming function for the layers of a member. */
  rename(member: string): Rename;
  /** The original names of a member's renamed layers, by their new names. */
  originals(member: string): Record<string, string>;
}

/**
 * tfjs finds saved weights only by the names of their layers. Therefore it refuses to load a model that has a layer name twice, at any
 * depth ("Duplicate weight name"). If the name of a layer with weights is not unique, the layer is renamed to its member and path:
 * `cnn1/dense`, `cnn1/block/dense`.
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
