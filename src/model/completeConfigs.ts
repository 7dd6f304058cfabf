import type * as tf from '@tensorflow/tfjs';
import { allLayers } from './layers.js';

/** Options that layers of tfjs 4.22 leave out of their configuration or give under another one's name, as they are in the layer. */
interface Unwritten {
  readonly depthMultiplier?: number;
  readonly depthwiseConstraint?: tf.serialization.Serializable | null;
}

const completed = new WeakSet<tf.layers.Layer>();

/**
 * Makes a model's layers write down all of what they are, where tfjs forgets it: a model is rebuilt from its configuration in threads,
 * for the assembled model and on loading.
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
