import { pickEach, returnToPicked } from './extreme.js';
import { mergingLayer } from './layers.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/**
 * The smallest of the members' outputs, element by element; they have one shape. The first of equals gets the gradient.
 *
 * out = min_i y_i; ∂out/∂y_i = 1 at the first of the smallest, else 0.
 */
export const minimum = defineMerge({
  name: 'minimum',
  summary: "The smallest of the members' outputs, element by element.",
  options: {},
  takes: 'several',
  outputShape: elementwiseShape,
  forward(batch, out) {
    pickEach(batch.ys, Math.min, out, countOf(batch));
  },
  backward(batch, dout, dys) {
    returnToPicked(batch.ys, Math.min, dout, dys, countOf(batch));
  },
  layer: (_config, layers, name, ys) => mergingLayer(layers, name, ys, () => layers.minimum({ name })),
});
