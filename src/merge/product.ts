import { mergingLayer } from './layers.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/**
 * The product of the members' outputs, element by element: Π_i y_i. The outputs have the same shape.
 *
 * ∂out/∂y_i = Π_{j≠i} y_j.
 */
export const product = defineMerge({
  name: 'product',
  summary: "The product of the members' outputs, element by element.",
  options: {},
  takes: 'several',
  outputShape: elementwiseShape,
  forward(batch, out) {
    const count = countOf(batch);
    for (let e = 0; e < count; e++) out[e] = productOf(batch.ys, e);
  },
  backward(batch, dout, dys) {
    const count = countOf(batch);
    for (let i = 0; i < dys.length; i++) {
      const dy = dys[i];
      if (dy === undefined) continue;
      for (let e = 0; e < count; e++) dy[e] = (dy[e] ?? 0) + (dout[e] ?? 0) * productOf(batch.ys, e, i);
    }
  },
  layer: (_config, layers, name, ys) => mergingLayer(layers, name, ys, () => layers.multiply({ name })),
});

/** Π_i y_i[e] without member `without`. It is not computed as out / y_i, because y_i can be 0. */
function productOf(ys: readonly Float32Array[], e: number, without = -1): number {
  let product = 1;
  for (let i = 0; i < ys.length; i++) if (i !== without) product *= ys[i]?.[e] ?? 0;
  return product;
}
