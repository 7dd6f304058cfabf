import type { Shape } from '../protocol/plan.js';
import { sizeOf } from '../protocol/shape.js';
import { mergingLayer } from './layers.js';
import type { Merge } from './merge.js';
import { concatenatedShape, widthOf } from './shapes.js';

/**
 * out[…, o_i + j] = y_i[…, j], where o_i is the width of all members before i: the last dimensions one after the other.
 * Shapes: equal up to the last dimension; the output's last dimension is the sum of theirs.
 */
export const concatenateMerge: Merge = {
  name: 'concatenate',
  outputShape: concatenatedShape,
  forward(_config, ys, out, rows, shapes) {
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
  backward(_config, _ys, dout, dys, rows, shapes) {
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
  layer(_config, layers, name, ys) {
    return mergingLayer(layers, name, ys, () => layers.concatenate({ axis: -1, name }));
  },
};

function totalWidth(shapes: readonly Shape[]): number {
  let width = 0;
  for (const shape of shapes) width += widthOf(shape);
  return width;
}
