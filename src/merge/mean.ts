import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/**
 * The mean of the members' outputs: Σ_i y_i / k for k members. The outputs have the same shape.
 *
 * ∂out/∂y_i = 1 / k.
 */
export const mean = defineMerge({
  name: 'mean',
  summary: "The mean of the members' outputs.",
  options: {},
  takes: 'several',
  outputShape: elementwiseShape,
  forward(batch, out) {
    combine(batch.ys, null, batch.ys.length, out, countOf(batch));
  },
  backward(batch, dout, dys) {
    distribute(dout, null, dys.length, dys, countOf(batch));
  },
  layer: (_config, layers, name, ys) => mergingLayer(layers, name, ys, () => layers.average({ name })),
});
