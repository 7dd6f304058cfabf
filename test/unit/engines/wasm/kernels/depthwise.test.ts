import fc from 'fast-check';
import { rowOf } from '../../../../../src/engines/wasm/address.js';
import * as twins from '../../../../reference/kernels/depthwise.js';
import { count, few, flag, gap, holdAgainst, linearCases, positive } from './harness.js';

const sizes = fc.record({
  height: few,
  width: fc.integer({ min: 1, max: 9 }),
  channels: positive,
  filterHeight: few,
  filterWidth: fc.integer({ min: 1, max: 7 }),
  strideY: few,
  strideX: few,
  dilationY: few,
  dilationX: few,
  gap,
});
type Sizes = typeof sizes extends fc.Arbitrary<infer S> ? S : never;

/** The same sizes with distances in bytes, and the numbers of the image. */
function imageOf({ gap, ...given }: Sizes) {
  const { height, width, channels, filterHeight, filterWidth, strideY, strideX, dilationY, dilationX } = given;
  const row = ((width - 1) * strideX + (filterWidth - 1) * dilationX + 1) * channels + gap;
  const rows = (height - 1) * strideY + (filterHeight - 1) * dilationY + 1;
  const [rowBytes, pixel] = [row * 4, channels * 4];
  const args = {
    ...given,
    strideY: strideY * rowBytes,
    strideX: strideX * pixel,
    dilationY: dilationY * rowBytes,
    dilationX: dilationX * pixel,
  };
  return { args, size: rows * row };
}

holdAgainst(twins, {
  depthwise: linearCases(fc.tuple(sizes, fc.boolean(), fc.boolean()), (arena, [given, isTurned, hasBias]) => {
    const { args, size } = imageOf(given);
    const { height, width, channels, filterHeight, filterWidth } = given;
    const places = filterHeight * filterWidth;
    const filter = arena.floats(places * channels);
    return {
      ...args,
      x: arena.floats(size),
      w: isTurned ? rowOf(filter, 1, (places - 1) * channels) : filter,
      wStep: (isTurned ? -channels : channels) * 4,
      y: arena.floats(height * width * channels),
      bias: arena.optionalFloats(hasBias, channels),
    };
  }),
  depthwiseGradient: linearCases(fc.tuple(sizes, flag), (arena, [given, fresh]) => {
    const { args, size } = imageOf(given);
    const { height, width, channels, filterHeight, filterWidth } = given;
    return {
      ...args,
      x: arena.floats(size),
      dy: arena.floats(height * width * channels),
      dw: arena.floats(filterHeight * filterWidth * channels),
      fresh,
    };
  }),
  repeatNumbers: linearCases(
    fc.record({ rows: few, n: count, times: few, fromGap: gap, toGap: gap }),
    (arena, { rows, n, times, fromGap, toGap }) => {
      const [fromRow, toRow] = [n + fromGap, n * times + toGap];
      const [from, to] = [arena.floats(rows * fromRow), arena.floats(rows * toRow)];
      return { rows, n, times, from, fromRow: fromRow * 4, to, toRow: toRow * 4 };
    },
  ),
  sumRepeated: linearCases(fc.record({ n: count, times: few }), (arena, { n, times }) => ({
    n,
    times,
    from: arena.floats(n * times),
    to: arena.floats(n),
  })),
});
