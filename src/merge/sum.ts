import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/**
 * The sum of the members' outputs: Σ_i y_i. The outputs have the same shape.
 *
 * ∂out/∂y_i = 1.
 */
export const sum = defineMerge({
  name: 'sum',
  summary: "The sum of the members' outputs.",
  options: {},
  takes: 'several',
  outputShape: elementwiseShape,
  forward(batch, out) {
    combine(batch.ys, null, 1, out, countOf(batch));
  },
  backward(batch, dout, dys) {
    distribute(dout, null, 1, dys, countOf(batch));
  },
  layer: (_config, layers, name, ys) => mergingLayer(layers, name, ys, () => layers.add({ name })),
});
