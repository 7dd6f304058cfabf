import type * as tf from '@tensorflow/tfjs';
import { mergingLayer } from '../../../src/merge/layers.js';
import { defineMerge } from '../../../src/merge/merge.js';
import { countOf, elementwiseShape } from '../../../src/merge/shapes.js';
import { fraction } from '../../../src/registry/options.js';

/** A merge with an option, as users write one: u · max_i y_i + (1 − u) · min_i y_i. */
export const midrange = defineMerge({
  name: 'midrange',
  summary: "Between the largest and the smallest of the members' outputs, element by element.",
  options: { upper: fraction(0.5, 'Weight of the largest output; the smallest has the rest.') },
  takes: 'several',
  outputShape: elementwiseShape,
  forward(batch, out) {
    const { upper } = batch.config;
    for (let e = 0; e < countOf(batch); e++) {
      const { parts, largest, smallest } = endsAt(batch.ys, e);
      out[e] = upper * (parts[largest] ?? NaN) + (1 - upper) * (parts[smallest] ?? NaN);
    }
  },
  backward(batch, dout, dys) {
    const { upper } = batch.config;
    for (let e = 0; e < countOf(batch); e++) {
      const { largest, smallest } = endsAt(batch.ys, e);
      for (const [i, dy] of dys.entries()) {
        const factor = (i === largest ? upper : 0) + (i === smallest ? 1 - upper : 0);
        dy[e] = (dy[e] ?? 0) + factor * (dout[e] ?? 0);
      }
    }
  },
  layer: ({ upper }, layers, name, ys) =>
    mergingLayer(layers, name, ys.length === 1 ? ys : endsOf(layers, name, ys, upper), () => layers.add({ name })),
});

function endsAt(ys: readonly Float32Array[], e: number) {
  const parts = ys.map((y) => y[e] ?? NaN);
  return { parts, largest: parts.indexOf(Math.max(...parts)), smallest: parts.indexOf(Math.min(...parts)) };
}

function endsOf(
  layers: typeof tf.layers,
  name: string,
  ys: readonly tf.SymbolicTensor[],
  upper: number,
): tf.SymbolicTensor[] {
  const ends = [layers.maximum({ name: `${name}/largest` }), layers.minimum({ name: `${name}/smallest` })];
  return ends.map((end, i) => {
    const scale = layers.rescaling({ scale: i === 0 ? upper : 1 - upper, name: `${end.name}/weight` });
    return scale.apply(end.apply([...ys])) as tf.SymbolicTensor;
  });
}
