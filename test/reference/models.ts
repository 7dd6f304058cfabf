import * as tf from '@tensorflow/tfjs';
import type { LayerConfig, Regularizer } from './layers.js';
import { weightShapes } from './layers.js';
import type { Dims } from './tape.js';

/**
 * The tfjs model of a member, with its weights: the inverse of `layersFromModel`. The caller disposes of it.
 * @param inputShape of one sample
 * @param weights in Keras's order
 */
export function modelFromLayers(
  layers: readonly LayerConfig[],
  inputShape: Dims,
  weights: readonly ArrayLike<number>[],
  name?: string,
): tf.Sequential {
  const model = tf.sequential(name === undefined ? {} : { name });
  model.add(tf.layers.inputLayer({ inputShape: [...inputShape] }));
  for (const layer of layers) model.add(tfjsLayer(layer));
  const values = weightShapes(layers, inputShape).map((shape, i) =>
    tf.tensor(Array.from(weights[i] ?? []), [...shape]),
  );
  // By layer: `model.setWeights` would list weights that are not trained last.
  let next = 0;
  for (const layer of model.layers) {
    layer.setWeights(values.slice(next, next + layer.weights.length));
    next += layer.weights.length;
  }
  tf.dispose(values);
  return model;
}

function tfjsLayer(layer: LayerConfig): tf.layers.Layer {
  if ('conv2d' in layer) {
    const { kernelSize, strides = 1, kernelRegularizer, biasRegularizer, ...rest } = layer.conv2d;
    const sizes = { kernelSize: mutable(kernelSize), strides: mutable(strides) };
    return tf.layers.conv2d({ ...rest, ...sizes, ...regularizers(kernelRegularizer, biasRegularizer) });
  }
  if ('dense' in layer) {
    const { kernelRegularizer, biasRegularizer, ...rest } = layer.dense;
    return tf.layers.dense({ ...rest, ...regularizers(kernelRegularizer, biasRegularizer) });
  }
  if ('maxPooling2d' in layer) {
    const { poolSize = 2, strides = poolSize, ...rest } = layer.maxPooling2d;
    return tf.layers.maxPooling2d({ ...rest, poolSize: mutable(poolSize), strides: mutable(strides) });
  }
  if ('flatten' in layer) return tf.layers.flatten({ ...layer.flatten });
  if ('dropout' in layer) return tf.layers.dropout(layer.dropout);
  return tf.layers.activation(layer.activation);
}

function mutable(size: number | readonly [number, number]): number | [number, number] {
  return typeof size === 'number' ? size : [...size];
}

/** tfjs takes 0.01 where a part is left out. */
function regularizers(kernel?: Regularizer, bias?: Regularizer) {
  const made = ({ l1 = 0, l2 = 0 }: Regularizer) => tf.regularizers.l1l2({ l1, l2 });
  return { ...(kernel && { kernelRegularizer: made(kernel) }), ...(bias && { biasRegularizer: made(bias) }) };
}
