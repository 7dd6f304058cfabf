import { put, putBytes } from './lanes';
import { madd } from './madd';
import { Bytes, Flag } from './types';

/**
 * A convolution of one channel with filters of 3 by 3 and stride 1, followed by max pooling with windows of 2 by 2: the first layers of most
 * networks on grey images. The convolution's own output, the largest array of such a network, stays in registers.
 * @param outHeight, outWidth of C, the output
 * @param a, aRow the padded image, and the bytes from one of its rows to the next
 * @param b packed filters ({@link pack}); each panel is 8 columns wide
 * @param columns of C
 * @param c pixels of `columns` numbers
 * @param places receives for each number of C its place in its window, as a byte: 0 and 1 in the upper row, 2 and 3 in the lower. If several
 *   are equal, it is the first
 * @param bias a number for each column; up to 7 more are read
 * @param relu 1 to turn negative numbers into 0
 */
export function convolveNarrowMax(
  outHeight: i32,
  outWidth: i32,
  a: usize,
  aRow: Bytes,
  b: usize,
  columns: i32,
  c: usize,
  places: usize,
  bias: usize,
  relu: Flag,
): void {
  const floor = v128.splat<f32>(relu ? 0 : -Infinity);
  const pixel = (<usize>columns) << 2;
  for (let column = 0; column < columns; column += 8) {
    const left = columns - column;
    let cPixel = c + ((<usize>column) << 2);
    let place = places + <usize>column;
    for (let y = 0; y < outHeight; y++) {
      let aWindow = a + <usize>(2 * y) * aRow;
      if (left > 4) {
        for (let x = 0; x < outWidth; x++) {
          wideWindow(aWindow, aRow, b, bias, floor, cPixel, place, left);
          aWindow += 8;
          cPixel += pixel;
          place += <usize>columns;
        }
      } else if (left == 1) {
        for (let x = 0; x < outWidth; x += 4) {
          const count = min(outWidth - x, 4);
          fourWindows(aWindow, aRow, b, bias, floor, cPixel, pixel, place, columns, count);
          aWindow += 32;
          cPixel += <usize>count * pixel;
          place += <usize>(count * columns);
        }
      } else {
        for (let x = 0; x < outWidth; x += 2) {
          const next: usize = x + 1 < outWidth ? 1 : 0;
          // prettier-ignore
          twoWindows(
            aWindow, aWindow + 8 * next, aRow, b, bias, floor,
            cPixel, cPixel + next * pixel, place, place + next * <usize>columns, left,
          );
          aWindow += 16;
          cPixel += pixel + next * pixel;
          place += <usize>columns + next * <usize>columns;
        }
      }
    }
    b += 9 * 32;
    bias += 32;
  }
}

/** The maxima of one window in up to 8 columns. */
function wideWindow(
  a: usize,
  aRow: Bytes,
  b: usize,
  bias: usize,
  floor: v128,
  c: usize,
  places: usize,
  left: i32,
): void {
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  for (let y = 0; y < 3; y++) {
    const below = a + aRow;
    for (let tap: usize = 0; tap < 12; tap += 4) {
      const w0 = v128.load(b);
      const w1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a + tap);
      c00 = madd(x0, w0, c00);
      c01 = madd(x0, w1, c01);
      const x1 = v128.load32_splat(a + tap, 4);
      c10 = madd(x1, w0, c10);
      c11 = madd(x1, w1, c11);
      const x2 = v128.load32_splat(below + tap);
      c20 = madd(x2, w0, c20);
      c21 = madd(x2, w1, c21);
      const x3 = v128.load32_splat(below + tap, 4);
      c30 = madd(x3, w0, c30);
      c31 = madd(x3, w1, c31);
      b += 32;
    }
    a = below;
  }
  put(c, largest(c00, c10, c20, c30, floor), left);
  put(c + 16, largest(c01, c11, c21, c31, floor), left - 4);
  const words = v128.narrow<i32>(placesOf(c00, c10, c20, c30), placesOf(c01, c11, c21, c31));
  putBytes(places, v128.narrow<i16>(words, words), left);
}

/** The maxima of two windows in up to 4 columns. The second window may be the first one again. */
function twoWindows(
  a: usize,
  aNext: usize,
  aRow: Bytes,
  b: usize,
  bias: usize,
  floor: v128,
  c: usize,
  cNext: usize,
  places: usize,
  placesNext: usize,
  left: i32,
): void {
  let c00 = v128.load(bias);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (let y = 0; y < 3; y++) {
    const below = a + aRow;
    const belowNext = aNext + aRow;
    for (let tap: usize = 0; tap < 12; tap += 4) {
      const w = v128.load(b);
      c00 = madd(v128.load32_splat(a + tap), w, c00);
      c10 = madd(v128.load32_splat(a + tap, 4), w, c10);
      c20 = madd(v128.load32_splat(below + tap), w, c20);
      c30 = madd(v128.load32_splat(below + tap, 4), w, c30);
      c01 = madd(v128.load32_splat(aNext + tap), w, c01);
      c11 = madd(v128.load32_splat(aNext + tap, 4), w, c11);
      c21 = madd(v128.load32_splat(belowNext + tap), w, c21);
      c31 = madd(v128.load32_splat(belowNext + tap, 4), w, c31);
      b += 32;
    }
    a = below;
    aNext = belowNext;
  }
  put(c, largest(c00, c10, c20, c30, floor), left);
  put(cNext, largest(c01, c11, c21, c31, floor), left);
  const words = v128.narrow<i32>(placesOf(c00, c10, c20, c30), placesOf(c01, c11, c21, c31));
  const bytes = v128.narrow<i16>(words, words);
  putBytes(places, bytes, left);
  putBytes(placesNext, v128.shuffle<i32>(bytes, bytes, 1, 1, 1, 1), left);
}

/**
 * The maxima of up to four neighbouring windows in a single column, such as the last one of 25. A vector holds neighbouring pixels of the
 * image: a vector of columns would be three quarters empty. Reads whole vectors, up to 24 bytes past the numbers that the windows need.
 * @param pixel bytes from a pixel of C to the next
 * @param count number of windows to write
 */
function fourWindows(
  a: usize,
  aRow: Bytes,
  b: usize,
  bias: usize,
  floor: v128,
  c: usize,
  pixel: Bytes,
  places: usize,
  columns: i32,
  count: i32,
): void {
  let upper0 = v128.load32_splat(bias);
  let upper1 = upper0;
  let lower0 = upper0;
  let lower1 = upper0;
  for (let y = 0; y < 3; y++) {
    const below = a + aRow;
    for (let tap: usize = 0; tap < 12; tap += 4) {
      const w = v128.load32_splat(b);
      upper0 = madd(v128.load(a + tap), w, upper0);
      upper1 = madd(v128.load(a + tap, 16), w, upper1);
      lower0 = madd(v128.load(below + tap), w, lower0);
      lower1 = madd(v128.load(below + tap, 16), w, lower1);
      b += 32;
    }
    a = below;
  }
  const x0 = v128.shuffle<i32>(upper0, upper1, 0, 2, 4, 6);
  const x1 = v128.shuffle<i32>(upper0, upper1, 1, 3, 5, 7);
  const x2 = v128.shuffle<i32>(lower0, lower1, 0, 2, 4, 6);
  const x3 = v128.shuffle<i32>(lower0, lower1, 1, 3, 5, 7);
  const best = largest(x0, x1, x2, x3, floor);
  const place = placesOf(x0, x1, x2, x3);
  v128.store_lane<f32>(c, best, 0);
  v128.store_lane<i8>(places, place, 0);
  if (count > 1) {
    v128.store_lane<f32>(c + pixel, best, 1);
    v128.store_lane<i8>(places + columns, place, 4);
  }
  if (count > 2) {
    v128.store_lane<f32>(c + 2 * pixel, best, 2);
    v128.store_lane<i8>(places + 2 * columns, place, 8);
  }
  if (count > 3) {
    v128.store_lane<f32>(c + 3 * pixel, best, 3);
    v128.store_lane<i8>(places + 3 * columns, place, 12);
  }
}

/** The largest of the four numbers and the floor. */
function largest(x0: v128, x1: v128, x2: v128, x3: v128, floor: v128): v128 {
  return v128.pmax<f32>(v128.pmax<f32>(v128.pmax<f32>(x0, x1), v128.pmax<f32>(x2, x3)), floor);
}

/** The index of the largest of the four numbers. */
function placesOf(x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const isLower = v128.gt<f32>(v128.pmax<f32>(x2, x3), v128.pmax<f32>(x0, x1));
  const isRight = v128.bitselect(v128.gt<f32>(x3, x2), v128.gt<f32>(x1, x0), isLower);
  // A true comparison is all ones, which is -1.
  return v128.neg<i32>(v128.add<i32>(isRight, v128.shl<i32>(isLower, 1)));
}

/**
 * The gradient of the filters of {@link convolveNarrowMax}: each number's gradient times the patch that its place selects. Of a window's four
 * sums only the largest has a gradient, so this is a quarter of the work of the convolution's own gradient.
 * @param dy pixels of `columns` numbers
 * @param dKernel (3, 3, 1, columns), not packed
 * @param fresh 0 to add to `dKernel`, 1 to overwrite it
 */
export function convolveNarrowMaxGradient(
  outHeight: i32,
  outWidth: i32,
  a: usize,
  aRow: Bytes,
  columns: i32,
  dy: usize,
  places: usize,
  dKernel: usize,
  fresh: Flag,
): void {
  const pixel = (<usize>columns) << 2;
  // Two columns at once: an addition to the sums of one need not wait for those of the other.
  for (let column = 0; column < columns; column += 2) {
    const next: usize = column + 1 < columns ? 1 : 0;
    let dyNow = dy + ((<usize>column) << 2);
    let place = places + <usize>column;
    let s00 = v128.splat<f32>(0);
    let s01 = s00;
    let s02 = s00;
    let s10 = s00;
    let s11 = s00;
    let s12 = s00;
    for (let y = 0; y < outHeight; y++) {
      let aWindow = a + <usize>(2 * y) * aRow;
      for (let x = 0; x < outWidth; x++) {
        const a0 = patch(aWindow, aRow, place);
        const a1 = patch(aWindow, aRow, place + next);
        const g0 = v128.load32_splat(dyNow);
        const g1 = v128.load32_splat(dyNow + (next << 2));
        s00 = madd(g0, v128.load(a0), s00);
        s01 = madd(g0, v128.load(a0 + aRow), s01);
        s02 = madd(g0, v128.load(a0 + 2 * aRow), s02);
        s10 = madd(g1, v128.load(a1), s10);
        s11 = madd(g1, v128.load(a1 + aRow), s11);
        s12 = madd(g1, v128.load(a1 + 2 * aRow), s12);
        aWindow += 8;
        dyNow += pixel;
        place += <usize>columns;
      }
    }
    const to = dKernel + ((<usize>column) << 2);
    addTaps(to, pixel, s00, s01, s02, fresh);
    if (next) addTaps(to + 4, pixel, s10, s11, s12, fresh);
  }
}

/** Address of the patch that belongs to a place in a window. */
function patch(window: usize, aRow: Bytes, place: usize): usize {
  const at = <usize>load<u8>(place);
  return window + (at >> 1) * aRow + ((at & 1) << 2);
}

/** Writes the 9 numbers of a column. Each vector holds the 3 numbers of a row of the filter and an unused one. */
function addTaps(to: usize, pixel: Bytes, row0: v128, row1: v128, row2: v128, fresh: Flag): void {
  addRow(to, pixel, row0, fresh);
  addRow(to + 3 * pixel, pixel, row1, fresh);
  addRow(to + 6 * pixel, pixel, row2, fresh);
}

function addRow(to: usize, pixel: Bytes, row: v128, fresh: Flag): void {
  addNumber(to, v128.extract_lane<f32>(row, 0), fresh);
  addNumber(to + pixel, v128.extract_lane<f32>(row, 1), fresh);
  addNumber(to + 2 * pixel, v128.extract_lane<f32>(row, 2), fresh);
}

function addNumber(to: usize, value: f32, fresh: Flag): void {
  store<f32>(to, fresh ? value : load<f32>(to) + value);
}
