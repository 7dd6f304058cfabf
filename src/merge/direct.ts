import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import type { Merge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** out = y, the output of the one member. */
export const directMerge: Merge = {
  name: 'direct',
  outputShape: elementwiseShape,
  forward(_config, ys, out, rows, shapes) {
    combine(ys, null, 1, out, countOf(rows, shapes));
  },
  backward(_config, _ys, dout, dys, rows, shapes) {
    distribute(dout, null, 1, dys, countOf(rows, shapes));
  },
  layer(_config, layers, name, ys) {
    return mergingLayer(layers, name, ys, () => layers.activation({ activation: 'linear', name }));
  },
};
