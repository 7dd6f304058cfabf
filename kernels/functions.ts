import { madd } from './madd';

/**
 * Functions of four floats at once. The errors were measured against double precision at two million numbers, in both builds. All functions
 * are correct at ±∞. NaN stays NaN: pmin and pmax return their first argument if either is NaN, so x is the first argument.
 *
 * The polynomials for e^x and ln(1 + x) are those of S. Moshier's Cephes, single/expf.c and single/logf.c
 * (https://www.netlib.org/cephes/). Polynomials are summed in pairs (Estrin's scheme), which is a shorter chain of dependent additions.
 */

/** Adding this to a small number and subtracting it again rounds the number to a whole one, which is in the lowest bits of the sum. */
const ROUND: f32 = 12582912; // 1.5 · 2^23
const LOG2_E: f32 = 1.44269504089;
/** ln 2 in two parts. Products of the first part with whole numbers below 2^14 are exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

function splat(value: f32): v128 {
  return v128.splat<f32>(value);
}

export function clamp(x: v128, least: f32, most: f32): v128 {
  return v128.pmax<f32>(v128.pmin<f32>(x, splat(most)), splat(least));
}

/** e^r − 1 for |r| ≤ ½ ln 2, precise near 0 too. */
function expm1Polynomial(r: v128): v128 {
  const r2 = v128.mul<f32>(r, r);
  const p0 = madd(splat(1.6666665459e-1), r, splat(5.0000001201e-1));
  const p1 = madd(splat(8.3334519073e-3), r, splat(4.1665795894e-2));
  const p2 = madd(splat(1.98756915e-4), r, splat(1.3981999507e-3));
  return madd(madd(madd(p2, r2, p1), r2, p0), r2, r);
}

/** x − n ln 2. */
function reduce(x: v128, n: v128): v128 {
  return madd(n, splat(-LN2_LOW), madd(n, splat(-LN2_HIGH), x));
}

/** e^x to 1.1 ulp, down to the smallest subnormal number. */
export function exp(x: v128): v128 {
  // Beyond these bounds the result is ∞ or 0.
  x = clamp(x, -104, 89);
  const shifted = madd(x, splat(LOG2_E), splat(ROUND));
  const r = reduce(x, v128.sub<f32>(shifted, splat(ROUND)));
  const y = v128.add<f32>(expm1Polynomial(r), splat(1));
  // y · 2^n as two factors, since 2^n itself goes from 2^-150 to 2^128.
  const n = v128.sub<i32>(shifted, splat(ROUND));
  const half = v128.shr<i32>(n, 1);
  const rest = v128.sub<i32>(n, half);
  const scaled = v128.mul<f32>(y, v128.add<i32>(v128.shl<i32>(half, 23), splat(1)));
  return v128.mul<f32>(scaled, v128.add<i32>(v128.shl<i32>(rest, 23), splat(1)));
}

/** e^x − 1 to 1.6 ulp. */
export function expm1(x: v128): v128 {
  // Below -18 the result is -1.
  x = clamp(x, -20, 89);
  const shifted = madd(x, splat(LOG2_E), splat(ROUND));
  const r = reduce(x, v128.sub<f32>(shifted, splat(ROUND)));
  // 2 (2^(n-1) (e^r − 1) + (2^(n-1) − ½)), as 2^(n-1) is a float for each n up to 128. The shift removes ROUND's own bits.
  const scale = v128.add<i32>(v128.shl<i32>(shifted, 23), splat(0.5));
  const y = madd(scale, expm1Polynomial(r), v128.sub<f32>(scale, splat(0.5)));
  return v128.add<f32>(y, y);
}

/** tanh x to 2.6 ulp. With z = e^2x − 1 it is z / (z + 2), which is precise near 0. */
export function tanh(x: v128): v128 {
  // From 9.1 on the quotient is 1; ∞ / ∞ would be NaN.
  const z = expm1(v128.pmin<f32>(v128.add<f32>(x, x), splat(40)));
  return v128.div<f32>(z, v128.add<f32>(z, splat(2)));
}

/** 1 / (1 + e^-x) to 2.5 ulp. It is 0 below -88.72, where it should be less than the smallest normal number. */
export function sigmoid(x: v128): v128 {
  return v128.div<f32>(splat(1), v128.add<f32>(splat(1), exp(v128.neg<f32>(x))));
}

/** ln(1 + x) for 0 ≤ x ≤ 1, precise near 0 too. */
function log1p(x: v128): v128 {
  // For x > √2 − 1 it is ln 2 + ln(1 + f) with 1 + f = (1 + x) / 2, so |f| < 0.42.
  const large = v128.gt<f32>(x, splat(0.41421356));
  const f = v128.bitselect(v128.mul<f32>(v128.sub<f32>(x, splat(1)), splat(0.5)), x, large);
  const f2 = v128.mul<f32>(f, f);
  const p0 = madd(splat(-2.4999993993e-1), f, splat(3.3333331174e-1));
  const p1 = madd(splat(-1.6668057665e-1), f, splat(2.0000714765e-1));
  const p2 = madd(splat(-1.2420140846e-1), f, splat(1.4249322787e-1));
  const p3 = madd(splat(-1.151461031e-1), f, splat(1.167699874e-1));
  const p4 = madd(splat(7.0376836292e-2), f2, p3);
  const p = madd(madd(p4, f2, p2), v128.mul<f32>(f2, f2), madd(p1, f2, p0));
  // f³ p − f²/2 + f, and ln 2 in its two parts, are summed from the smallest on.
  let y = v128.mul<f32>(v128.mul<f32>(p, f), f2);
  y = v128.add<f32>(y, v128.and(large, splat(LN2_LOW)));
  y = madd(f2, splat(-0.5), y);
  y = v128.add<f32>(y, f);
  return v128.add<f32>(y, v128.and(large, splat(LN2_HIGH)));
}

/** ln(1 + e^x) to 1.7 ulp, as max(x, 0) + ln(1 + e^-|x|). */
export function softplus(x: v128): v128 {
  const z = exp(v128.neg<f32>(v128.abs<f32>(x)));
  return v128.add<f32>(v128.pmax<f32>(x, splat(0)), log1p(z));
}

/**
 * The error function, with a relative error of 4e-7; ±1 where that is the nearest float. It is x P(x²) / Q(x²), the rational minimax
 * approximation of degrees 5 and 5 for |x| ≤ 4. The coefficients were fitted with Remez's algorithm to a relative error of 2.5e-8. All of
 * them are positive, so no digits cancel.
 */
export function erf(x: v128): v128 {
  const s = v128.mul<f32>(x, x);
  const s2 = v128.mul<f32>(s, s);
  const p0 = madd(splat(1.93547368548e-1), s, splat(1.1283791393));
  const p1 = madd(splat(3.88344460487e-3), s, splat(5.31020594159e-2));
  const p2 = madd(splat(1.98676814755e-6), s, splat(2.84568406253e-4));
  const q0 = madd(splat(5.04859444622e-1), s, splat(1));
  const q1 = madd(splat(1.5207453328e-2), s, splat(1.15350960783e-1));
  const q2 = madd(splat(3.74201581244e-5), s, splat(1.18559594163e-3));
  const p = madd(madd(p2, s2, p1), s2, p0);
  const q = madd(madd(q2, s2, q1), s2, q0);
  const sign = v128.and(x, splat(-0.0));
  const large = v128.ge<f32>(v128.abs<f32>(x), splat(3.92));
  return v128.bitselect(v128.or(splat(1), sign), v128.div<f32>(v128.mul<f32>(x, p), q), large);
}
