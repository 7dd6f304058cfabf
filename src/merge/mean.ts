import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import type { Merge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** out = Σ_i y_i / k for k members; ∂out/∂y_i = 1 / k. Shapes: all equal; the output has the same. */
export const meanMerge: Merge = {
  name: 'mean',
  outputShape: elementwiseShape,
  forward(_config, ys, out, rows, shapes) {
    combine(ys, null, ys.length, out, countOf(rows, shapes));
  },
  backward(_config, _ys, dout, dys, rows, shapes) {
    distribute(dout, null, dys.length, dys, countOf(rows, shapes));
  },
  layer(_config, layers, name, ys) {
    return mergingLayer(layers, name, ys, () => layers.average({ name }));
  },
};
