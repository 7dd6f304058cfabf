import type * as tf from '@tensorflow/tfjs';
import { deriveKey } from '../random/philox.js';
import { buildModel, configOf, copyWeights } from './copy.js';

/**
 * Draws a model's weights anew from its own initializers. Each initializer that was given no seed gets one of its own, from
 * the seed, the member and where it stands in the model's configuration, so the weights depend on nothing else.
 */
export function initializeModel(model: tf.LayersModel, member: string, seed: number): void {
  const config = configOf(model);
  seedInitializers(config, [], (path) => deriveKey(seed, 'initialize', member, ...path)[0] >>> 1);
  const drawn = buildModel(model, config, false);
  copyWeights(drawn, model);
  drawn.dispose();
}

/** Random initializers are the objects with a class and a `seed` (null or undefined where none was given) in their configuration. */
function seedInitializers(value: unknown, path: readonly string[], seedAt: (path: readonly string[]) => number): void {
  if (typeof value !== 'object' || value === null) return;
  if ('className' in value && 'config' in value && path.at(-1)?.endsWith('nitializer') === true) {
    const { config } = value;
    if (typeof config === 'object' && config !== null && 'seed' in config) config.seed ??= seedAt(path);
    return;
  }
  for (const [key, item] of Object.entries(value)) seedInitializers(item, [...path, key], seedAt);
}
