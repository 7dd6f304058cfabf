import { mergingLayer } from '../../../src/merge/layers.js';
import { combine, distribute } from '../../../src/merge/linear.js';
import { defineMerge } from '../../../src/merge/merge.js';
import { countOf, elementwiseShape } from '../../../src/merge/shapes.js';

/** A merge with a weight of its own for each member: Σ_i w_i · y_i. */
export const learnedMean = defineMerge({
  name: 'learnedMean',
  summary: "A sum of the members' outputs with weights that are trained.",
  options: {},
  takes: 'several',
  weights: ({ members }) => [{ name: 'weights', shape: [members.length], trainable: true }],
  outputShape: elementwiseShape,
  forward(batch, out) {
    combine(batch.ys, [...batch.weights], 1, out, countOf(batch));
  },
  backward(batch, dout, dys) {
    const count = countOf(batch);
    distribute(dout, [...batch.weights], 1, dys, count);
    for (const [i, y] of batch.ys.entries()) {
      let gradient = batch.weightGradients[i] ?? 0;
      for (let e = 0; e < count; e++) gradient += (dout[e] ?? 0) * (y[e] ?? 0);
      batch.weightGradients[i] = gradient;
    }
  },
  layer: (_config, layers, name, ys) => mergingLayer(layers, name, ys, () => layers.average({ name })),
});
