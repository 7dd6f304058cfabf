/** Writes the first n numbers of a vector and nothing behind them: another thread may be writing there. */
export function put(to: usize, x: v128, n: i32): void {
  if (n >= 4) {
    v128.store(to, x);
    return;
  }
  v128.store_lane<f32>(to, x, 0);
  if (n > 1) v128.store_lane<f32>(to, x, 1, 4);
  if (n > 2) v128.store_lane<f32>(to, x, 2, 8);
}

/** Writes the first n bytes of a vector, at most 8, and nothing behind them. */
export function putBytes(to: usize, x: v128, n: i32): void {
  if (n >= 8) {
    v128.store_lane<i64>(to, x, 0);
    return;
  }
  if (n >= 4) {
    v128.store_lane<i32>(to, x, 0);
    x = v128.shuffle<i32>(x, x, 1, 1, 1, 1);
    to += 4;
    n -= 4;
  }
  if (n > 0) v128.store_lane<i8>(to, x, 0);
  if (n > 1) v128.store_lane<i8>(to, x, 1, 1);
  if (n > 2) v128.store_lane<i8>(to, x, 2, 2);
}

/** x · y + z in float64, rounded once or twice as in madd.ts. */
export function maddDouble(x: v128, y: v128, z: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<f64>(x, y, z) : v128.add<f64>(z, v128.mul<f64>(x, y));
}

/** The first two of four float32 numbers, in float64. */
export function low(x: v128): v128 {
  return v128.promote_low<f32>(x);
}

/** The last two of four float32 numbers, in float64. */
export function high(x: v128): v128 {
  return v128.promote_low<f32>(v128.shuffle<i64>(x, x, 1, 1));
}

/** The sum of the two lanes. */
export function sumDouble(x: v128): f64 {
  return v128.extract_lane<f64>(x, 0) + v128.extract_lane<f64>(x, 1);
}
