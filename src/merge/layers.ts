import type * as tf from '@tensorflow/tfjs';
import type { Layers } from './merge.js';

/**
 * Applies one layer to all members' outputs. tfjs's merging layers throw if they have fewer than two inputs. A merge of one member is the
 * member's output, so it becomes a linear activation layer, which gives the output its name.
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
