import fc from 'fast-check';
import { few } from './harness.js';

/** Windows of a pooling over an image. Each has a place in the image. */
export interface Windows {
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly poolHeight: number;
  readonly poolWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly top: number;
  readonly left: number;
  /** Whether windows overlap. */
  readonly overlap: 0 | 1;
}

const size = fc.integer({ min: 1, max: 9 });
const axis = fc
  .record({ size, pool: few, stride: few })
  .chain(({ size, pool, stride }) => {
    const padding = fc.integer({ min: 0, max: pool - 1 });
    return fc.record({
      size: fc.constant(size),
      pool: fc.constant(pool),
      stride: fc.constant(stride),
      before: padding,
      after: padding,
    });
  })
  .map((axis) => ({
    ...axis,
    outputs: Math.max(Math.floor((axis.size + axis.before + axis.after - axis.pool) / axis.stride) + 1, 0),
  }));
/** Half of all poolings are by 2 and 2, for which the kernels have code of their own. */
const plain = size.map((size) => ({ size, pool: 2, stride: 2, before: 0, after: 0, outputs: Math.floor(size / 2) }));
const axes = fc.oneof(fc.tuple(axis, axis), fc.tuple(plain, plain));

export const windows: fc.Arbitrary<Windows> = axes.map(([y, x]) => ({
  height: y.size,
  width: x.size,
  outHeight: y.outputs,
  outWidth: x.outputs,
  poolHeight: y.pool,
  poolWidth: x.pool,
  strideY: y.stride,
  strideX: x.stride,
  top: y.before,
  left: x.before,
  overlap: y.stride < y.pool || x.stride < x.pool ? 1 : 0,
}));
