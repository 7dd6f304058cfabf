import type * as tf from '@tensorflow/tfjs';
import type { Layers } from './merge.js';

/**
 * One layer over all members' outputs. tfjs's merging layers throw with fewer than two inputs, and every merge of one member
 * is that member, so a single output goes through a linear layer that only gives it its name.
 */
export function mergingLayer(
  layers: Layers,
  name: string,
  ys: readonly tf.SymbolicTensor[],
  create: () => tf.layers.Layer,
): tf.SymbolicTensor {
  const [first] = ys;
  const single = ys.length === 1 && first !== undefined;
  const result = single ? layers.activation({ activation: 'linear', name }).apply(first) : create().apply([...ys]);
  return result as tf.SymbolicTensor;
}
