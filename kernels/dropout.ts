import { M0, M1, mulHigh, W0, W1 } from './philox';

/** 16-bit numbers below the threshold become 0, the others all ones. */
function keep(word: v128, threshold: v128): v128 {
  return v128.ge<u16>(word, threshold);
}

/**
 * Dropout masks, the same bits as `dropoutMask` in src/random/noise.ts, which says which number goes where: a group of 32 elements is
 * what four blocks of Philox (philox.ts) give.
 * @param mask receives a byte for each element of the rows, 0 where it is dropped, else 255; each row's bytes start at a
 * multiple of 32, and whole groups of 32 are written
 * @param maskRow bytes from a row to the next
 * @param size elements of a row
 * @param threshold an element is dropped where its 16 random bits are below this
 */
export function dropoutMask(
  mask: usize,
  maskRow: usize,
  firstRow: i32,
  rows: i32,
  size: i32,
  threshold: i32,
  key0: u32,
  key1: u32,
  iterationLow: u32,
  iterationHigh: u32,
): void {
  const m0 = v128.splat<u32>(M0);
  const m1 = v128.splat<u32>(M1);
  const least = v128.splat<u16>(<u16>threshold);
  for (let row = firstRow; row < firstRow + rows; row++) {
    for (let first = 0; first < size; first += 32) {
      let c0 = v128.add<u32>(v128.splat<u32>((<u32>first) >> 3), i32x4(0, 1, 2, 3));
      let c1 = v128.splat<u32>(<u32>row);
      let c2 = v128.splat<u32>(iterationLow);
      let c3 = v128.splat<u32>(iterationHigh);
      let k0 = key0;
      let k1 = key1;
      for (let round = 0; round < 7; round++) {
        const high0 = mulHigh(m0, c0);
        const low0 = v128.mul<u32>(m0, c0);
        const high1 = mulHigh(m1, c2);
        const low1 = v128.mul<u32>(m1, c2);
        c0 = v128.xor(v128.xor(high1, c1), v128.splat<u32>(k0));
        c1 = low1;
        c2 = v128.xor(v128.xor(high0, c3), v128.splat<u32>(k1));
        c3 = low0;
        k0 += W0;
        k1 += W1;
      }
      const to = mask + <usize>first;
      v128.store(to, v128.narrow<i16>(keep(c0, least), keep(c1, least)));
      v128.store(to, v128.narrow<i16>(keep(c2, least), keep(c3, least)), 16);
    }
    mask += maskRow;
  }
}

/**
 * y = x · scale where the mask is not 0, else 0.
 * @param n elements
 */
export function applyMask(x: usize, mask: usize, y: usize, n: i32, scale: f32): void {
  const s = v128.splat<f32>(scale);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const bits = v128.extend_low<i16>(v128.extend_low<i8>(v128.load32_zero(mask)));
    v128.store(y, v128.and(bits, v128.mul<f32>(s, v128.load(x))));
    x += 16;
    y += 16;
    mask += 4;
  }
  for (; i < n; i++) {
    store<f32>(y, load<u8>(mask) ? load<f32>(x) * scale : 0);
    x += 4;
    y += 4;
    mask += 1;
  }
}
