import { M0, M1, mulHigh, W0, W1 } from './philox';
import { Bytes } from './types';

/** 16-bit numbers below the threshold become 0, the others all ones. */
function keep(word: v128, threshold: v128): v128 {
  return v128.ge<u16>(word, threshold);
}

/**
 * Dropout masks, the same bits as `dropoutMask` in src/random/noise.ts, which says which number goes where: a group of 32 elements is
 * what four blocks of Philox (philox.ts) give. Two groups go at once: of one alone, the CPU would wait for the products of each round.
 * @param mask receives a byte for each element of the rows, 0 where it is dropped, else 255; each row's bytes start at a
 * multiple of 64, and 64 are always written at once
 * @param maskRow bytes from a row to the next
 * @param size elements of a row
 * @param threshold an element is dropped where its 16 random bits are below this
 */
export function dropoutMask(
  mask: usize,
  maskRow: Bytes,
  firstRow: i32,
  rows: i32,
  size: i32,
  threshold: i32,
  key0: u32,
  key1: u32,
  iterationLow: u32,
  iterationHigh: u32,
): void {
  // V8 makes a constant vector anew at each use, of three instructions; one that it can't know stays in its register.
  const zero = size >> 31;
  const m0 = v128.splat<u32>(M0 + zero);
  const m1 = v128.splat<u32>(M1 + zero);
  const w0 = v128.splat<u32>(W0 + zero);
  const w1 = v128.splat<u32>(W1 + zero);
  const least = v128.splat<u16>(<u16>threshold);
  for (let row = firstRow; row < firstRow + rows; row++) {
    for (let first = 0; first < size; first += 64) {
      const block = v128.splat<u32>((<u32>first) >> 3);
      let a0 = v128.add<u32>(block, i32x4(0, 1, 2, 3));
      let a1 = v128.splat<u32>(<u32>row);
      let a2 = v128.splat<u32>(iterationLow);
      let a3 = v128.splat<u32>(iterationHigh);
      let b0 = v128.add<u32>(block, i32x4(4, 5, 6, 7));
      let b1 = a1;
      let b2 = a2;
      let b3 = a3;
      let k0 = v128.splat<u32>(key0);
      let k1 = v128.splat<u32>(key1);
      for (let round = 0; round < 7; round++) {
        const aHigh0 = mulHigh(m0, a0);
        const aLow0 = v128.mul<u32>(m0, a0);
        const aHigh1 = mulHigh(m1, a2);
        const aLow1 = v128.mul<u32>(m1, a2);
        a0 = v128.xor(aHigh1, v128.xor(a1, k0));
        a1 = aLow1;
        a2 = v128.xor(aHigh0, v128.xor(a3, k1));
        a3 = aLow0;
        const bHigh0 = mulHigh(m0, b0);
        const bLow0 = v128.mul<u32>(m0, b0);
        const bHigh1 = mulHigh(m1, b2);
        const bLow1 = v128.mul<u32>(m1, b2);
        b0 = v128.xor(bHigh1, v128.xor(b1, k0));
        b1 = bLow1;
        b2 = v128.xor(bHigh0, v128.xor(b3, k1));
        b3 = bLow0;
        k0 = v128.add<u32>(k0, w0);
        k1 = v128.add<u32>(k1, w1);
      }
      const to = mask + <usize>first;
      v128.store(to, v128.narrow<i16>(keep(a0, least), keep(a1, least)));
      v128.store(to, v128.narrow<i16>(keep(a2, least), keep(a3, least)), 16);
      v128.store(to, v128.narrow<i16>(keep(b0, least), keep(b1, least)), 32);
      v128.store(to, v128.narrow<i16>(keep(b2, least), keep(b3, least)), 48);
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
