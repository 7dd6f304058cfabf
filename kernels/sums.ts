import { Bytes, Flag } from './types';

/**
 * The sum of each column: the gradient of a bias.
 * @param row bytes from a row to the next
 * @param fresh 0 to add to `sums`, 1 to overwrite them
 */
export function sumColumns(rows: i32, columns: i32, x: usize, row: Bytes, sums: usize, fresh: Flag): void {
  let column = 0;
  for (; column + 8 <= columns; column += 8) {
    let s0 = fresh ? v128.splat<f32>(0) : v128.load(sums);
    let s1 = fresh ? v128.splat<f32>(0) : v128.load(sums, 16);
    let now = x;
    for (let i = rows; i > 0; i--) {
      s0 = v128.add<f32>(s0, v128.load(now));
      s1 = v128.add<f32>(s1, v128.load(now, 16));
      now += row;
    }
    v128.store(sums, s0);
    v128.store(sums, s1, 16);
    x += 32;
    sums += 32;
  }
  for (; column < columns; column++) {
    let sum: f32 = fresh ? 0 : load<f32>(sums);
    let now = x;
    for (let i = rows; i > 0; i--) {
      sum += load<f32>(now);
      now += row;
    }
    store<f32>(sums, sum);
    x += 4;
    sums += 4;
  }
}

/** x ← x + y for n numbers. */
export function addTo(x: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(x, v128.add<f32>(v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
  }
  for (; n > 0; n--) {
    store<f32>(x, load<f32>(x) + load<f32>(y));
    x += 4;
    y += 4;
  }
}
