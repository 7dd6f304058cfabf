import { madd } from './madd';
import { Bytes, Flag } from './types';

/**
 * A convolution of one channel with filters 3 wide and stride 1: the first layer of most networks on grey images. Its sums are so short that
 * the general kernel (matmul.ts) spends most of its time between them. Here 4 neighbouring pixels share the 6 numbers that they need of
 * a row of the image.
 * @param height rows of C, the output
 * @param width pixels in a row of C, a multiple of 4
 * @param filterHeight rows of the filter
 * @param a, aRow the padded image, and the bytes from one of its rows to the next
 * @param b packed filters ({@link pack}); each panel is 8 columns wide
 * @param columns of C, a multiple of 4
 * @param cPixel bytes from a pixel of C to the next
 * @param bias a number for each column; up to 4 more are read
 * @param relu 1 to turn negative sums into 0
 */
export function convolveNarrow(
  height: i32,
  width: i32,
  filterHeight: i32,
  a: usize,
  aRow: Bytes,
  b: usize,
  columns: i32,
  c: usize,
  cPixel: Bytes,
  bias: usize,
  relu: Flag,
): void {
  const cRow = <usize>width * cPixel;
  const least: f32 = relu ? 0 : -Infinity;
  for (; columns > 0; columns -= 8) {
    for (let y = 0; y < height; y++) {
      const aStart = a + <usize>y * aRow;
      const cStart = c + <usize>y * cRow;
      if (columns > 4) strip<u64>(width, filterHeight, aStart, aRow, b, cStart, cPixel, bias, least);
      else strip<u32>(width, filterHeight, aStart, aRow, b, cStart, cPixel, bias, least);
    }
    b += <usize>(filterHeight * 96);
    bias += 32;
    c += 32;
  }
}

/**
 * A row of pixels.
 * @typeParam W number of columns, as in matmul.ts: u32 for 4, u64 for 8
 */
function strip<W>(
  width: i32,
  filterHeight: i32,
  a: usize,
  aRow: Bytes,
  b: usize,
  c: usize,
  cPixel: Bytes,
  bias: usize,
  least: f32,
): void {
  const isWide = sizeof<W>() > 4;
  const low = v128.splat<f32>(least);
  for (let x = 0; x < width; x += 4) {
    let c00 = v128.load(bias);
    let c01 = isWide ? v128.load(bias, 16) : low;
    let c10 = c00;
    let c11 = c01;
    let c20 = c00;
    let c21 = c01;
    let c30 = c00;
    let c31 = c01;
    let aTap = a;
    let bTap = b;
    for (let tap = filterHeight; tap > 0; tap--) {
      let w0 = v128.load(bTap);
      let w1 = isWide ? v128.load(bTap, 16) : low;
      let x0 = v128.load32_splat(aTap);
      let x1 = v128.load32_splat(aTap, 4);
      const x2 = v128.load32_splat(aTap, 8);
      const x3 = v128.load32_splat(aTap, 12);
      c00 = madd(x0, w0, c00);
      c10 = madd(x1, w0, c10);
      c20 = madd(x2, w0, c20);
      c30 = madd(x3, w0, c30);
      if (isWide) {
        c01 = madd(x0, w1, c01);
        c11 = madd(x1, w1, c11);
        c21 = madd(x2, w1, c21);
        c31 = madd(x3, w1, c31);
      }
      w0 = v128.load(bTap, 32);
      if (isWide) w1 = v128.load(bTap, 48);
      x0 = v128.load32_splat(aTap, 16);
      c00 = madd(x1, w0, c00);
      c10 = madd(x2, w0, c10);
      c20 = madd(x3, w0, c20);
      c30 = madd(x0, w0, c30);
      if (isWide) {
        c01 = madd(x1, w1, c01);
        c11 = madd(x2, w1, c11);
        c21 = madd(x3, w1, c21);
        c31 = madd(x0, w1, c31);
      }
      w0 = v128.load(bTap, 64);
      if (isWide) w1 = v128.load(bTap, 80);
      x1 = v128.load32_splat(aTap, 20);
      c00 = madd(x2, w0, c00);
      c10 = madd(x3, w0, c10);
      c20 = madd(x0, w0, c20);
      c30 = madd(x1, w0, c30);
      if (isWide) {
        c01 = madd(x2, w1, c01);
        c11 = madd(x3, w1, c11);
        c21 = madd(x0, w1, c21);
        c31 = madd(x1, w1, c31);
      }
      aTap += aRow;
      bTap += 96;
    }
    put<W>(c, c00, c01, low);
    put<W>(c + cPixel, c10, c11, low);
    put<W>(c + 2 * cPixel, c20, c21, low);
    put<W>(c + 3 * cPixel, c30, c31, low);
    c += 4 * cPixel;
    a += 16;
  }
}

/** Writes the larger of each number and `least`; NaN stays NaN. */
function put<W>(to: usize, x0: v128, x1: v128, least: v128): void {
  v128.store(to, v128.pmax<f32>(x0, least));
  if (sizeof<W>() > 4) v128.store(to, v128.pmax<f32>(x1, least), 16);
}
