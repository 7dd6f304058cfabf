import { pickEach, returnToPicked } from './extreme.js';
import { mergingLayer } from './layers.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/**
 * The minimum of the members' outputs, element by element. The outputs have the same shape. If several elements are equal, the first one
 * gets the gradient.
 *
 * out = min_i y_i; ∂out/∂y_i = 1 for the first member i with the minimum, else 0.
 */
export const minimum = defineMerge({
  name: 'minimum',
  summary: "The minimum of the members' outputs, element by element.",
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
