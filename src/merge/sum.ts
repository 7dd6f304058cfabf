import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import type { Merge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** out = Σ_i y_i; ∂out/∂y_i = 1. Shapes: all equal; the output has the same. */
export const sumMerge: Merge = {
  name: 'sum',
  outputShape: elementwiseShape,
  forward(_config, ys, out, rows, shapes) {
    combine(ys, null, 1, out, countOf(rows, shapes));
  },
  backward(_config, _ys, dout, dys, rows, shapes) {
    distribute(dout, null, 1, dys, countOf(rows, shapes));
  },
  layer(_config, layers, name, ys) {
    return mergingLayer(layers, name, ys, () => layers.add({ name }));
  },
};
