import { pickEach, returnToPicked } from './extreme.js';
import { mergingLayer } from './layers.js';
import type { Merge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** out = min_i y_i; ∂out/∂y_i = 1 at the first of the smallest, else 0. Shapes: all equal; the output has the same. */
export const minimumMerge: Merge = {
  name: 'minimum',
  outputShape: elementwiseShape,
  forward(_config, ys, out, rows, shapes) {
    pickEach(ys, Math.min, out, countOf(rows, shapes));
  },
  backward(_config, ys, dout, dys, rows, shapes) {
    returnToPicked(ys, Math.min, dout, dys, countOf(rows, shapes));
  },
  layer(_config, layers, name, ys) {
    return mergingLayer(layers, name, ys, () => layers.minimum({ name }));
  },
};
