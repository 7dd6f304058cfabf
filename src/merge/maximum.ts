import { pickEach, returnToPicked } from './extreme.js';
import { mergingLayer } from './layers.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/**
 * The maximum of the members' outputs, element by element. The outputs have the same shape. If several elements are equal, the first one
 * gets the gradient.
 *
 * out = max_i y_i; ∂out/∂y_i = 1 for the first member i with the maximum, else 0.
 */
export const maximum = defineMerge({
  name: 'maximum',
  summary: "The maximum of the members' outputs, element by element.",
  options: {},
  takes: 'several',
  outputShape: elementwiseShape,
  forward(batch, out) {
    pickEach(batch.ys, Math.max, out, countOf(batch));
  },
  backward(batch, dout, dys) {
    returnToPicked(batch.ys, Math.max, dout, dys, countOf(batch));
  },
  layer: (_config, layers, name, ys) => mergingLayer(layers, name, ys, () => layers.maximum({ name })),
});
