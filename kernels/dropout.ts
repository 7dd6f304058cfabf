import { M0, M1, mulHigh, W0, W1 } from './philox';
import { Bytes } from './types';

/** All ones for each 16-bit number that is not below the threshold, else 0. */
function keep(word: v128, threshold: v128): v128 {
  return v128.ge<u16>(word, threshold);
}

/**
 * Dropout masks, with the same bits as `dropoutMask` in src/random/noise.ts, which says which random number decides for which element. Four
 * blocks of Philox (philox.ts) decide for a group of 32 elements. Two groups are computed together: with a single one, the CPU would wait
 * for the products of each round.
 * @param mask receives a byte for each element, 0 if the element is dropped, else 255. Bytes are written in groups of 64, so a row needs
 * space up to a multiple of 64
 * @param maskRow bytes from a row to the next
 * @param firstRow place of the first row in the batch
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
  // V8 builds a constant vector at each use, with three instructions. A vector that it does not know to be constant stays in a register.
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
 * @param mask a byte for each number, 0 or 255
 * @param y may be x
 * @param n number of elements
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
