import { pickEach, returnToPicked } from './extreme.js';
import { mergingLayer } from './layers.js';
import type { Merge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** out = max_i y_i; ∂out/∂y_i = 1 at the first of the largest, else 0. Shapes: all equal; the output has the same. */
export const maximumMerge: Merge = {
  name: 'maximum',
  outputShape: elementwiseShape,
  forward(_config, ys, out, rows, shapes) {
    pickEach(ys, Math.max, out, countOf(rows, shapes));
  },
  backward(_config, ys, dout, dys, rows, shapes) {
    returnToPicked(ys, Math.max, dout, dys, countOf(rows, shapes));
  },
  layer(_config, layers, name, ys) {
    return mergingLayer(layers, name, ys, () => layers.maximum({ name }));
  },
};
