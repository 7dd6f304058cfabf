import type * as tf from '@tensorflow/tfjs';
import { deriveKey } from '../random/philox.js';
import { buildModel, configOf, copyWeights } from './copy.js';

/**
 * Initializes a model's weights again with its own initializers. Each initializer without a seed gets one. It is derived from the given seed,
 * the member's name and the initializer's path in the model's configuration, so the weights depend on nothing else.
 */
export function initializeModel(model: tf.LayersModel, member: string, seed: number): void {
  const config = configOf(model);
  seedInitializers(config, [], (path) => deriveKey(seed, 'initialize', member, ...path)[0] >>> 1);
  const drawn = buildModel(model, config, false);
  copyWeights(drawn, model);
  drawn.dispose();
}

/** Sets the seeds of random initializers. They have a class and a `seed` in their configuration; it is null or undefined if not given. */
function seedInitializers(value: unknown, path: readonly string[], seedAt: (path: readonly string[]) => number): void {
  if (typeof value !== 'object' || value === null) return;
  if ('className' in value && 'config' in value && path.at(-1)?.endsWith('nitializer') === true) {
    const { config } = value;
    if (typeof config === 'object' && config !== null && 'seed' in config) config.seed ??= seedAt(path);
    return;
  }
  for (const [key, item] of Object.entries(value)) seedInitializers(item, [...path, key], seedAt);
}
