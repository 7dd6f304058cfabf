import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/narrowPooling.js';
import { flag, gap, holdAgainst, linearCases, positive } from './harness.js';

const PANEL = 8;
const output = fc.integer({ min: 0, max: 5 });
const sizes = fc.record({ outHeight: output, outWidth: output, columns: positive, gap });

interface Sizes {
  readonly outHeight: number;
  readonly outWidth: number;
  readonly gap: number;
}

/** Numbers of a row of the padded image, and of all of it. */
function imageOf({ outHeight, outWidth, gap }: Sizes): { row: number; size: number } {
  const row = 2 * outWidth + 2 + gap;
  return { row, size: (2 * outHeight + 2) * row };
}

holdAgainst(twins, {
  convolveNarrowMax: linearCases(fc.tuple(sizes, flag), (arena, [given, relu]) => {
    const { outHeight, outWidth, columns } = given;
    const { row, size } = imageOf(given);
    const outputs = outHeight * outWidth * columns;
    return {
      outHeight,
      outWidth,
      a: arena.floats(size),
      aRow: row * 4,
      b: arena.floats(Math.ceil(columns / PANEL) * 9 * PANEL),
      columns,
      c: arena.floats(outputs),
      places: arena.bytes(Array<number>(outputs).fill(0)),
      bias: arena.floats(columns),
      relu,
    };
  }),
  convolveNarrowMaxGradient: linearCases(fc.tuple(sizes, flag), (arena, [given, fresh]) => {
    const { outHeight, outWidth, columns } = given;
    const { row, size } = imageOf(given);
    const outputs = outHeight * outWidth * columns;
    return {
      outHeight,
      outWidth,
      a: arena.floats(size),
      aRow: row * 4,
      columns,
      dy: arena.floats(outputs),
      places: arena.bytes(arena.wholes(outputs, 3).map(Math.abs)),
      dKernel: arena.floats(9 * columns),
      fresh,
    };
  }),
});
