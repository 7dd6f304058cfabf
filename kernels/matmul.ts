import { madd } from './madd';
import { Bytes } from './types';

/** Flags of {@link multiply}. */
const ACCUMULATE: i32 = 1;
const RELU: i32 = 2;

/**
 * C[s, i, j] = bias[j] + Σ_{outer, inner, k} A(s, i; outer, inner, k) · B(outer, inner, k; j): dense layers, convolutions and all of their
 * gradients. A sum has `outerRuns × innerRuns` runs of `length` products. Within a run A and B advance by `aStep` and `bStep` bytes; at the
 * end of a run they skip some more. So the patches of an image need no copy: a run is the part of a patch that lies in one row of the
 * image. src/engines/wasm/matrixProduct.ts names the operands.
 *
 * It works on tiles of 4 rows by 8 columns: 8 accumulators leave registers for the operands on x86 and ARM. (12 accumulators need twice the
 * 16 registers of SSE and AVX where multiply and add are two instructions. Measured on Node.js 20 to 24, tiles of 5 by 8 are as fast.)
 *
 * @param strips, aStrip, cStrip number of strips of rows, such as the rows of an image, and the bytes from one strip to the next
 * @param m rows of C in a strip
 * @param n columns of C
 * @param aRow bytes in A from a row of C to the next
 * @param aOuterSkip, aInnerSkip bytes that A skips after each outer and each inner run; B likewise
 * @param bPanel bytes in B from 8 columns of C to the next 8. B may be read up to 28 bytes past its last column
 * @param cRow bytes from a row of C to the next
 * @param bias n numbers that the sums start from; up to 7 more are read. 0 for none
 * @param flags ACCUMULATE adds the sums to C; RELU turns negative sums into 0
 */
export function multiply(
  strips: i32,
  aStrip: Bytes,
  cStrip: Bytes,
  m: i32,
  n: i32,
  a: usize,
  aRow: Bytes,
  aStep: Bytes,
  aOuterSkip: Bytes,
  aInnerSkip: Bytes,
  outerRuns: i32,
  innerRuns: i32,
  length: i32,
  b: usize,
  bPanel: Bytes,
  bStep: Bytes,
  bOuterSkip: Bytes,
  bInnerSkip: Bytes,
  c: usize,
  cRow: Bytes,
  bias: usize,
  flags: i32,
): void {
  for (let column = 0; column < n; column += 8) {
    const columns = min(n - column, 8);
    let aNow = a;
    let cNow = c;
    for (let strip = 0; strip < strips; strip++) {
      const rest = m & 3;
      const whole = m >> 2;
      // prettier-ignore
      if (columns > 4) {
        if (whole > 0) tiles<u64, u64>(whole, aNow, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cNow, cRow, columns, bias, flags);
        const aRest = aNow + <usize>(whole << 2) * aRow;
        const cRest = cNow + <usize>(whole << 2) * cRow;
        if (rest == 1) tiles<u8, u64>(1, aRest, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cRest, cRow, columns, bias, flags);
        else if (rest == 2) tiles<u16, u64>(1, aRest, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cRest, cRow, columns, bias, flags);
        else if (rest == 3) tiles<u32, u64>(1, aRest, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cRest, cRow, columns, bias, flags);
      } else {
        if (whole > 0) tiles<u64, u32>(whole, aNow, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cNow, cRow, columns, bias, flags);
        const aRest = aNow + <usize>(whole << 2) * aRow;
        const cRest = cNow + <usize>(whole << 2) * cRow;
        if (rest == 1) tiles<u8, u32>(1, aRest, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cRest, cRow, columns, bias, flags);
        else if (rest == 2) tiles<u16, u32>(1, aRest, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cRest, cRow, columns, bias, flags);
        else if (rest == 3) tiles<u32, u32>(1, aRest, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length, b, bStep, bOuterSkip, bInnerSkip, cRest, cRow, columns, bias, flags);
      }
      aNow += aStrip;
      cNow += cStrip;
    }
    b += bPanel;
    c += 32;
    if (bias != 0) bias += 32;
  }
}

/**
 * Tiles one below the other. AssemblyScript has no constant type parameters, so the size of a type stands for a number.
 * @typeParam R rows of a tile: u8 for 1, u16 for 2, u32 for 3, u64 for 4
 * @typeParam W columns: u32 for up to 4, u64 for up to 8
 */
function tiles<R, W>(
  count: i32,
  a: usize,
  aRow: Bytes,
  aStep: Bytes,
  aOuterSkip: Bytes,
  aInnerSkip: Bytes,
  outerRuns: i32,
  innerRuns: i32,
  length: i32,
  b: usize,
  bStep: Bytes,
  bOuterSkip: Bytes,
  bInnerSkip: Bytes,
  c: usize,
  cRow: Bytes,
  columns: i32,
  bias: usize,
  flags: i32,
): void {
  const rows: usize = sizeof<R>() > 4 ? 4 : sizeof<R>() > 2 ? 3 : sizeof<R>();
  const zero = v128.splat<f32>(0);
  const isPlain = flags == 0 && columns == (sizeof<W>() > 4 ? 8 : 4);
  for (; count > 0; count--) {
    let c00 = zero;
    let c01 = zero;
    if (bias != 0) {
      c00 = v128.load(bias);
      if (sizeof<W>() > 4) c01 = v128.load(bias, 16);
    }
    let c10 = c00;
    let c11 = c01;
    let c20 = c00;
    let c21 = c01;
    let c30 = c00;
    let c31 = c01;
    let a0 = a;
    let a1 = a0 + aRow;
    let a2 = a1 + aRow;
    let a3 = a2 + aRow;
    let bNow = b;
    for (let r1 = outerRuns; r1 > 0; r1--) {
      for (let r2 = innerRuns; r2 > 0; r2--) {
        for (let k = length; k > 0; k--) {
          const b0 = v128.load(bNow);
          const b1 = sizeof<W>() > 4 ? v128.load(bNow, 16) : zero;
          const x0 = v128.load32_splat(a0);
          c00 = madd(x0, b0, c00);
          if (sizeof<W>() > 4) c01 = madd(x0, b1, c01);
          a0 += aStep;
          if (sizeof<R>() > 1) {
            const x1 = v128.load32_splat(a1);
            c10 = madd(x1, b0, c10);
            if (sizeof<W>() > 4) c11 = madd(x1, b1, c11);
            a1 += aStep;
          }
          if (sizeof<R>() > 2) {
            const x2 = v128.load32_splat(a2);
            c20 = madd(x2, b0, c20);
            if (sizeof<W>() > 4) c21 = madd(x2, b1, c21);
            a2 += aStep;
          }
          if (sizeof<R>() > 4) {
            const x3 = v128.load32_splat(a3);
            c30 = madd(x3, b0, c30);
            if (sizeof<W>() > 4) c31 = madd(x3, b1, c31);
            a3 += aStep;
          }
          bNow += bStep;
        }
        a0 += aInnerSkip;
        a1 += aInnerSkip;
        a2 += aInnerSkip;
        a3 += aInnerSkip;
        bNow += bInnerSkip;
      }
      a0 += aOuterSkip;
      a1 += aOuterSkip;
      a2 += aOuterSkip;
      a3 += aOuterSkip;
      bNow += bOuterSkip;
    }
    if (isPlain) {
      // Most tiles are plain. Calling `finish` for each row took 5 to 12 % of the time of sums over 32 numbers.
      storeRow<W>(c, c00, c01);
      if (sizeof<R>() > 1) storeRow<W>(c + cRow, c10, c11);
      if (sizeof<R>() > 2) storeRow<W>(c + 2 * cRow, c20, c21);
      if (sizeof<R>() > 4) storeRow<W>(c + 3 * cRow, c30, c31);
    } else {
      finish<W>(c, c00, c01, columns, flags);
      if (sizeof<R>() > 1) finish<W>(c + cRow, c10, c11, columns, flags);
      if (sizeof<R>() > 2) finish<W>(c + 2 * cRow, c20, c21, columns, flags);
      if (sizeof<R>() > 4) finish<W>(c + 3 * cRow, c30, c31, columns, flags);
    }
    a += rows * aRow;
    c += rows * cRow;
  }
}

/** Writes a row of a plain tile: one without flags, 4 or 8 columns wide. */
function storeRow<W>(c: usize, x0: v128, x1: v128): void {
  v128.store(c, x0);
  if (sizeof<W>() > 4) v128.store(c, x1, 16);
}

/** Writes a row of any tile. */
function finish<W>(c: usize, x0: v128, x1: v128, columns: i32, flags: i32): void {
  if (columns == (sizeof<W>() > 4 ? 8 : 4)) {
    if (flags & ACCUMULATE) {
      x0 = v128.add<f32>(x0, v128.load(c));
      if (sizeof<W>() > 4) x1 = v128.add<f32>(x1, v128.load(c, 16));
    }
    if (flags & RELU) {
      const zero = v128.splat<f32>(0);
      x0 = v128.pmax<f32>(x0, zero); // NaN stays NaN
      if (sizeof<W>() > 4) x1 = v128.pmax<f32>(x1, zero);
    }
    v128.store(c, x0);
    if (sizeof<W>() > 4) v128.store(c, x1, 16);
  } else {
    if (sizeof<W>() > 4) {
      edge(c, x0, 4, flags);
      edge(c + 16, x1, columns - 4, flags);
    } else {
      edge(c, x0, columns, flags);
    }
  }
}

/** Writes the first numbers of a vector and nothing behind them: the next row is there, which another thread may be writing. */
function edge(c: usize, x: v128, columns: i32, flags: i32): void {
  for (let j = 0; j < columns; j++) {
    let value = v128.extract_lane<f32>(x, 0);
    if (flags & ACCUMULATE) value += load<f32>(c);
    if (flags & RELU) value = value < 0 ? 0 : value;
    store<f32>(c, value);
    x = v128.shuffle<i32>(x, x, 1, 2, 3, 0);
    c += 4;
  }
}
