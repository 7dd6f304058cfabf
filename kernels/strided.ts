import { Bytes, Flag } from './types';

/**
 * Copies or adds n0 · n1 · n2 numbers: cuts, joins, spreads and transposes arrays.
 * @param from, f0, f1, f2 the source, and its bytes between neighbours along each dimension. 0 repeats a number
 * @param to, t0, t1, t2 the target, and its bytes between neighbours along each dimension
 * @param accumulate 1 to add to the target, 0 to overwrite it
 */
export function copyStrided(
  n0: i32,
  n1: i32,
  n2: i32,
  from: usize,
  f0: Bytes,
  f1: Bytes,
  f2: Bytes,
  to: usize,
  t0: Bytes,
  t1: Bytes,
  t2: Bytes,
  accumulate: Flag,
): void {
  for (; n0 > 0; n0--) {
    if (f1 == 4 && t2 == 4 && !accumulate) transpose(n2, n1, from, f2, to, t1);
    else if (f2 == 4 && t1 == 4 && !accumulate) transpose(n1, n2, from, f1, to, t2);
    else copyRows(n1, n2, from, f1, f2, to, t1, t2, accumulate);
    from += f0;
    to += t0;
  }
}

function copyRows(
  n1: i32,
  n2: i32,
  source: usize,
  f1: Bytes,
  f2: Bytes,
  target: usize,
  t1: Bytes,
  t2: Bytes,
  accumulate: Flag,
): void {
  const isRun = f2 == 4 && t2 == 4;
  for (; n1 > 0; n1--) {
    if (isRun) copyRun(n2, source, target, accumulate);
    else copySpread(n2, source, f2, target, t2, accumulate);
    source += f1;
    target += t1;
  }
}

/**
 * Writes the columns of a matrix as rows, 4 by 4 numbers at once.
 * @param m, n rows and columns of the matrix. The numbers of a row are neighbours
 * @param row, toRow bytes from a row to the next
 */
function transpose(m: i32, n: i32, from: usize, row: Bytes, to: usize, toRow: Bytes): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    let source = from;
    let target = to;
    let left = m;
    for (; left >= 4; left -= 4) {
      const r0 = v128.load(source);
      const r1 = v128.load(source + row);
      const r2 = v128.load(source + 2 * row);
      const r3 = v128.load(source + 3 * row);
      const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
      const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(target + toRow, v128.shuffle<i64>(low01, low23, 1, 3));
      v128.store(target + 2 * toRow, v128.shuffle<i64>(high01, high23, 0, 2));
      v128.store(target + 3 * toRow, v128.shuffle<i64>(high01, high23, 1, 3));
      source += 4 * row;
      target += 16;
    }
    copyRows(left, 4, source, row, 4, target, 4, toRow, 0);
    from += 16;
    to += 4 * toRow;
  }
  copyRows(n - i, m, from, 4, row, to, toRow, 4, 0);
}

/** Copies neighbouring numbers. They are often only the channels of a pixel, for which `memory.copy` is slower. */
function copyRun(n: i32, from: usize, to: usize, accumulate: Flag): void {
  for (; n >= 4; n -= 4) {
    let value = v128.load(from);
    if (accumulate) value = v128.add<f32>(value, v128.load(to));
    v128.store(to, value);
    from += 16;
    to += 16;
  }
  copySpread(n, from, 4, to, 4, accumulate);
}

function copySpread(n: i32, from: usize, fromStep: Bytes, to: usize, toStep: Bytes, accumulate: Flag): void {
  for (; n > 0; n--) {
    const value = load<f32>(from);
    store<f32>(to, accumulate ? load<f32>(to) + value : value);
    from += fromStep;
    to += toStep;
  }
}
