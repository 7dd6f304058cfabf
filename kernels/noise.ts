import { philox } from './philox';

const LN2: f32 = 0.6931471805599453;
/** 2^-32, and π / 2^31. */
const UNIT: f32 = 2.3283064365386963e-10;
const ANGLE: f32 = 1.4629180792671596e-9;
const SQRT_HALF: i32 = 0x3f3504f3; // bits of √½

function splat(value: f32): v128 {
  return v128.splat<f32>(value);
}

/** 1 − x / divisor · factor: one step of Horner's scheme. */
function step(x: v128, divisor: f32, factor: v128): v128 {
  return v128.sub<f32>(splat(1), v128.mul<f32>(v128.mul<f32>(x, splat(1 / divisor)), factor));
}

/**
 * √(−2 ln u) of u = (word + 1) / 2^32. With u = 2^-n m it is −ln u = n ln 2 + 2 artanh((1 − m) / (1 + m)). The first terms of the series for
 * artanh are enough, as m is between √½ and √2.
 */
function radius(word: v128): v128 {
  const whole = v128.convert<u32>(v128.add<i32>(word, v128.splat<i32>(1)));
  const exponent = v128.shr<i32>(v128.sub<i32>(whole, v128.splat<i32>(SQRT_HALF)), 23);
  const m = v128.sub<i32>(whole, v128.shl<i32>(exponent, 23));
  const n = v128.convert<i32>(v128.sub<i32>(v128.splat<i32>(32), exponent));
  // For u ≥ ¾, 1 − u is computed from the word: a float u near 1 has lost its digits.
  const rest = v128.mul<f32>(v128.convert<u32>(v128.not(word)), splat(UNIT));
  const isLarge = v128.le<f32>(rest, splat(0.25));
  const numerator = v128.bitselect(rest, v128.sub<f32>(splat(1), m), isLarge);
  const denominator = v128.bitselect(v128.sub<f32>(splat(2), rest), v128.add<f32>(splat(1), m), isLarge);
  const s = v128.div<f32>(numerator, denominator);
  const z = v128.mul<f32>(s, s);
  let series = splat(1 / 9);
  series = v128.add<f32>(splat(1 / 7), v128.mul<f32>(z, series));
  series = v128.add<f32>(splat(1 / 5), v128.mul<f32>(z, series));
  series = v128.add<f32>(splat(1 / 3), v128.mul<f32>(z, series));
  series = v128.add<f32>(splat(1), v128.mul<f32>(z, series));
  const artanh = v128.mul<f32>(s, series);
  const half = v128.add<f32>(v128.andnot(v128.mul<f32>(n, splat(LN2 / 2)), isLarge), artanh);
  return v128.mul<f32>(splat(2), v128.sqrt<f32>(half));
}

/**
 * Turns two words of each of four blocks into two normal numbers of each block: Box and Muller (1958). The angle is turned by quarters of a
 * circle to within an eighth of a circle from 0, where Taylor's series of sine and cosine need few terms.
 */
function toNormal(to: usize): void {
  const r = radius(v128.load(to));
  const word = v128.load(to, 16);
  const quarters = v128.shr<i32>(v128.add<i32>(word, v128.splat<i32>(1 << 29)), 30);
  const angle = v128.mul<f32>(v128.convert<i32>(v128.sub<i32>(word, v128.shl<i32>(quarters, 30))), splat(ANGLE));
  const z = v128.mul<f32>(angle, angle);
  const sine = v128.mul<f32>(angle, step(z, 6, step(z, 20, step(z, 42, step(z, 72, splat(1))))));
  const cosine = step(z, 2, step(z, 12, step(z, 30, step(z, 56, splat(1)))));
  const isOdd = v128.shr<i32>(v128.shl<i32>(quarters, 31), 31);
  const sign = v128.splat<i32>(1 << 31);
  // The sine is negative after two and three quarters, the cosine after one and two.
  const sineSign = v128.and(v128.shl<i32>(quarters, 30), sign);
  const cosineSign = v128.and(v128.shl<i32>(v128.add<i32>(quarters, v128.splat<i32>(1)), 30), sign);
  v128.store(to, v128.mul<f32>(r, v128.xor(v128.bitselect(sine, cosine, isOdd), cosineSign)));
  v128.store(to, v128.mul<f32>(r, v128.xor(v128.bitselect(cosine, sine, isOdd), sineSign)), 16);
}

/**
 * One row of normal numbers: those of `normalNoise` in src/random/noise.ts to 1e-6, times `deviation`, plus `mean`.
 * @param to receives whole groups of 16 numbers
 */
export function normalNoise(
  to: usize,
  row: i32,
  size: i32,
  mean: f32,
  deviation: f32,
  key0: u32,
  key1: u32,
  iterationLow: u32,
  iterationHigh: u32,
): void {
  const m = splat(mean);
  const d = splat(deviation);
  for (let first = 0; first < size; first += 16) {
    philox(to, (<u32>first) >> 2, row, key0, key1, iterationLow, iterationHigh);
    toNormal(to);
    toNormal(to + 32);
    const x0 = v128.add<f32>(m, v128.mul<f32>(d, v128.load(to)));
    const x1 = v128.add<f32>(m, v128.mul<f32>(d, v128.load(to, 16)));
    const x2 = v128.add<f32>(m, v128.mul<f32>(d, v128.load(to, 32)));
    const x3 = v128.add<f32>(m, v128.mul<f32>(d, v128.load(to, 48)));
    // Transposes 4 by 4 numbers, so that the four numbers of a block follow each other.
    const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 16);
    v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 32);
    v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 48);
    to += 64;
  }
}

/**
 * y = x · factor + shift where the mask is not 0, else `dropped`.
 * @param mask a byte for each number, 0 or 255
 */
export function replaceMasked(x: usize, mask: usize, y: usize, n: i32, factor: f32, shift: f32, dropped: f32): void {
  for (; n >= 4; n -= 4) {
    const bits = v128.extend_low<i16>(v128.extend_low<i8>(v128.load32_zero(mask)));
    const kept = v128.add<f32>(v128.mul<f32>(v128.load(x), splat(factor)), splat(shift));
    v128.store(y, v128.bitselect(kept, splat(dropped), bits));
    x += 16;
    y += 16;
    mask += 4;
  }
  for (; n > 0; n--) {
    store<f32>(y, load<u8>(mask) ? load<f32>(x) * factor + shift : dropped);
    x += 4;
    y += 4;
    mask += 1;
  }
}
