import { mergingLayer } from './layers.js';
import type { Merge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** out = Π_i y_i; ∂out/∂y_i = Π_{j≠i} y_j. Shapes: all equal; the output has the same. */
export const productMerge: Merge = {
  name: 'product',
  outputShape: elementwiseShape,
  forward(_config, ys, out, rows, shapes) {
    const count = countOf(rows, shapes);
    for (let e = 0; e < count; e++) out[e] = productOf(ys, e);
  },
  backward(_config, ys, dout, dys, rows, shapes) {
    const count = countOf(rows, shapes);
    for (let i = 0; i < dys.length; i++) {
      const dy = dys[i];
      if (dy === undefined) continue;
      for (let e = 0; e < count; e++) dy[e] = (dy[e] ?? 0) + (dout[e] ?? 0) * productOf(ys, e, i);
    }
  },
  layer(_config, layers, name, ys) {
    return mergingLayer(layers, name, ys, () => layers.multiply({ name }));
  },
};

/** Π_i y_i[e], without member `without`: the product of the others is not out / y_i where y_i is 0. */
function productOf(ys: readonly Float32Array[], e: number, without = -1): number {
  let product = 1;
  for (let i = 0; i < ys.length; i++) if (i !== without) product *= ys[i]?.[e] ?? 0;
  return product;
}
