import type * as tf from '@tensorflow/tfjs';
import { allLayers } from './layers.js';

/** Options that layers of tfjs 4.22 leave out of their configuration, or write under the name of another option. */
interface Unwritten {
  readonly depthMultiplier?: number;
  readonly depthwiseConstraint?: tf.serialization.Serializable | null;
}

const completed = new WeakSet<tf.layers.Layer>();

/**
 * Makes `getConfig` of a model's layers complete where tfjs leaves options out. Threads, the assembled model and `load` rebuild a model from
 * its configuration.
 */
export function completeConfigs(model: tf.LayersModel): void {
  for (const { layer } of allLayers(model)) {
    const kind = layer.getClassName();
    if ((kind !== 'DepthwiseConv2D' && kind !== 'SeparableConv2D') || completed.has(layer)) continue;
    completed.add(layer);
    const { depthMultiplier, depthwiseConstraint }: Unwritten = layer as Unwritten;
    const getConfig = layer.getConfig.bind(layer);
    layer.getConfig = () => ({
      ...getConfig(),
      ...(depthMultiplier === undefined ? {} : { depthMultiplier }),
      depthwiseConstraint: depthwiseConstraint
        ? { className: depthwiseConstraint.getClassName(), config: depthwiseConstraint.getConfig() }
        : null,
    });
  }
}
