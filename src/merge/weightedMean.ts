import type * as tf from '@tensorflow/tfjs';
import type { MergeConfig } from '../protocol/plan.js';
import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import type { Merge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

type WeightedMean = Extract<MergeConfig, { merge: 'weightedMean' }>;

/** out = Σ_i w_i · y_i / Σ_i w_i; ∂out/∂y_i = w_i / Σ_i w_i. Shapes: all equal; the output has the same. */
export const weightedMeanMerge: Merge<WeightedMean> = {
  name: 'weightedMean',
  outputShape: elementwiseShape,
  forward({ weights }, ys, out, rows, shapes) {
    combine(ys, weights, sumOf(weights), out, countOf(rows, shapes));
  },
  backward({ weights }, _ys, dout, dys, rows, shapes) {
    distribute(dout, weights, sumOf(weights), dys, countOf(rows, shapes));
  },
  /** No standard layer has weights for its inputs: each member is rescaled by w_i / Σ_i w_i, then all are added. */
  layer({ members, weights }, layers, name, ys) {
    const sum = sumOf(weights);
    // No member, input or output can have a "/" in its name.
    const scale = (y: tf.SymbolicTensor, i: number): tf.SymbolicTensor => {
      const layer = layers.rescaling({ scale: (weights[i] ?? 0) / sum, name: `${name}/weight/${members[i] ?? i}` });
      return layer.apply(y) as tf.SymbolicTensor;
    };
    return mergingLayer(layers, name, ys.length === 1 ? ys : ys.map(scale), () => layers.add({ name }));
  },
};

function sumOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}
