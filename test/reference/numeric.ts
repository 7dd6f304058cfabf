/** Tools for tests of arithmetic. */

/**
 * Float64 numbers where the code expects float32. Its arithmetic is in double precision and only the arrays round, so that with these
 * a gradient can be held against central differences almost to the last digit.
 */
export function doubles(values: ArrayLike<number>): Float32Array {
  return Float64Array.from(values) as unknown as Float32Array;
}

/** Numbers from −1 to 1 that are the same in every run: mulberry32. */
export function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x8000_0000 - 1;
  });
}

/** Step of central differences in float64: the cube root of its epsilon, about. */
const STEP = 1e-5;

/** (f(x + h) − f(x − h)) / 2h in each element of `x`, which is changed and put back. */
export function differences(x: Float32Array, f: () => number): number[] {
  return Array.from(x, (value, i) => {
    x[i] = value + STEP;
    const above = f();
    x[i] = value - STEP;
    const below = f();
    x[i] = value;
    return (above - below) / (2 * STEP);
  });
}

/** Largest |actual − expected| / max(1, |expected|). */
export function worstError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new RangeError(`expected ${expected.length} numbers, got ${actual.length}`);
  }
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a = NaN, b = NaN] = [actual[i], expected[i]];
    const error = Math.abs(a - b) / Math.max(1, Math.abs(b));
    // NaN is never the worst of a comparison, but it is wrong.
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }
  return worst;
}

/** Σ a_i · b_i */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
