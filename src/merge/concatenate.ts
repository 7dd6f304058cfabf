import type { Shape } from '../protocol/plan.js';
import { sizeOf } from '../protocol/shape.js';
import { mergingLayer } from './layers.js';
import { defineMerge } from './merge.js';
import { concatenatedShape, widthOf } from './shapes.js';

/**
 * The concatenation of the members' outputs along the last dimension. The other dimensions are equal.
 *
 * out[…, o_i + j] = y_i[…, j], where the offset o_i is the sum of the last dimensions of all members before i.
 */
export const concatenate = defineMerge({
  name: 'concatenate',
  summary: "The concatenation of the members' outputs along the last dimension.",
  options: {},
  takes: 'several',
  outputShape: concatenatedShape,
  forward({ ys, rows, shapes }, out) {
    const outWidth = totalWidth(shapes);
    let offset = 0;
    for (let i = 0; i < ys.length; i++) {
      const y = ys[i];
      if (y === undefined) continue;
      const shape = shapes[i] ?? [];
      const width = widthOf(shape);
      const count = rows * sizeOf(shape);
      for (let from = 0, to = offset; from < count; from += width, to += outWidth) {
        for (let j = 0; j < width; j++) out[to + j] = y[from + j] ?? 0;
      }
      offset += width;
    }
  },
  backward({ rows, shapes }, dout, dys) {
    const outWidth = totalWidth(shapes);
    let offset = 0;
    for (let i = 0; i < dys.length; i++) {
      const dy = dys[i];
      if (dy === undefined) continue;
      const shape = shapes[i] ?? [];
      const width = widthOf(shape);
      const count = rows * sizeOf(shape);
      for (let to = 0, from = offset; to < count; to += width, from += outWidth) {
        for (let j = 0; j < width; j++) dy[to + j] = (dy[to + j] ?? 0) + (dout[from + j] ?? 0);
      }
      offset += width;
    }
  },
  layer: (_config, layers, name, ys) => mergingLayer(layers, name, ys, () => layers.concatenate({ axis: -1, name })),
});

function totalWidth(shapes: readonly Shape[]): number {
  let width = 0;
  for (const shape of shapes) width += widthOf(shape);
  return width;
}
