import { Bytes, Flag } from './types';

/**
 * Updates of a block of neighbouring weights, with the formulas of src/train/optimizers. Blocks start at multiples of 4 numbers. They are read
 * and written up to the next multiple.
 */

/**
 * Adds up the gradients of all shards: g ← Σ_s g_s.
 * @param gradients gradients of the first shard, which receive the sum
 * @param shard bytes from a shard's gradients to those of the next
 */
export function sumGradients(n: i32, gradients: usize, shards: i32, shard: Bytes): void {
  if (shards == 1) return;
  for (; n > 0; n -= 4) {
    let sum = v128.load(gradients);
    let now = gradients;
    for (let s = shards; s > 1; s--) {
      now += shard;
      sum = v128.add<f32>(sum, v128.load(now));
    }
    v128.store(gradients, sum);
    gradients += 16;
  }
}

/** g ← g + 2 l2 · w + l1 · sign(w) for exactly n weights. */
export function penalize(n: i32, gradients: usize, weights: usize, l1: f32, l2: f32): void {
  for (; n > 0; n--) {
    const w = load<f32>(weights);
    const sign: f32 = w > 0 ? 1 : w < 0 ? -1 : 0;
    store<f32>(gradients, load<f32>(gradients) + 2 * l2 * w + l1 * sign);
    gradients += 4;
    weights += 4;
  }
}

/** Σ l1 · |w| + l2 · w², in double precision. */
export function penalty(n: i32, weights: usize, l1: f64, l2: f64): f64 {
  let absolute: f64 = 0;
  let squares: f64 = 0;
  for (; n > 0; n--) {
    const w = <f64>load<f32>(weights);
    absolute += Math.abs(w);
    squares += w * w;
    weights += 4;
  }
  return l1 * absolute + l2 * squares;
}

/**
 * SGD.
 * @param velocity 0 if there is no momentum
 */
export function sgd(n: i32, w: usize, g: usize, velocity: usize, rate: f32, momentum: f32, nesterov: Flag): void {
  const r = v128.splat<f32>(rate);
  const m = v128.splat<f32>(momentum);
  for (; n > 0; n -= 4) {
    const step = v128.mul<f32>(r, v128.load(g));
    if (velocity == 0) {
      v128.store(w, v128.sub<f32>(v128.load(w), step));
    } else {
      const v = v128.sub<f32>(v128.mul<f32>(m, v128.load(velocity)), step);
      v128.store(velocity, v);
      const move = nesterov ? v128.sub<f32>(v128.mul<f32>(m, v), step) : v;
      v128.store(w, v128.add<f32>(v128.load(w), move));
      velocity += 16;
    }
    w += 16;
    g += 16;
  }
}

/**
 * Adam and AdamW.
 * @param alpha the learning rate, corrected for the bias of both averages
 * @param keep1, keep2 1 − β₁ and 1 − β₂
 * @param kept the factor of a weight that the decay leaves: 1 for Adam
 */
export function adam(
  n: i32,
  w: usize,
  g: usize,
  means: usize,
  squares: usize,
  alpha: f32,
  keep1: f32,
  keep2: f32,
  epsilon: f32,
  kept: f32,
): void {
  const a = v128.splat<f32>(alpha);
  const k1 = v128.splat<f32>(keep1);
  const k2 = v128.splat<f32>(keep2);
  const e = v128.splat<f32>(epsilon);
  const k = v128.splat<f32>(kept);
  for (; n > 0; n -= 4) {
    const gradient = v128.load(g);
    let mean = v128.load(means);
    mean = v128.add<f32>(mean, v128.mul<f32>(k1, v128.sub<f32>(gradient, mean)));
    let square = v128.load(squares);
    square = v128.add<f32>(square, v128.mul<f32>(k2, v128.sub<f32>(v128.mul<f32>(gradient, gradient), square)));
    v128.store(means, mean);
    v128.store(squares, square);
    const move = v128.div<f32>(v128.mul<f32>(a, mean), v128.add<f32>(v128.sqrt<f32>(square), e));
    v128.store(w, v128.sub<f32>(v128.mul<f32>(k, v128.load(w)), move));
    w += 16;
    g += 16;
    means += 16;
    squares += 16;
  }
}

/**
 * RMSprop.
 * @param momenta 0 if there is no momentum
 * @param averages 0 if it is not centered
 * @param rho, keep ρ and 1 − ρ
 */
export function rmsprop(
  n: i32,
  w: usize,
  g: usize,
  squares: usize,
  momenta: usize,
  averages: usize,
  rate: f32,
  rho: f32,
  keep: f32,
  momentum: f32,
  epsilon: f32,
): void {
  const r = v128.splat<f32>(rate);
  const p = v128.splat<f32>(rho);
  const k = v128.splat<f32>(keep);
  const m = v128.splat<f32>(momentum);
  const e = v128.splat<f32>(epsilon);
  for (; n > 0; n -= 4) {
    const gradient = v128.load(g);
    const kept = v128.mul<f32>(k, gradient);
    const square = v128.add<f32>(v128.mul<f32>(p, v128.load(squares)), v128.mul<f32>(kept, gradient));
    v128.store(squares, square);
    let variance = square;
    if (averages != 0) {
      const average = v128.add<f32>(v128.mul<f32>(p, v128.load(averages)), kept);
      v128.store(averages, average);
      variance = v128.sub<f32>(variance, v128.mul<f32>(average, average));
      averages += 16;
    }
    let step = v128.div<f32>(v128.mul<f32>(r, gradient), v128.sqrt<f32>(v128.add<f32>(variance, e)));
    if (momenta != 0) {
      step = v128.add<f32>(step, v128.mul<f32>(m, v128.load(momenta)));
      v128.store(momenta, step);
      momenta += 16;
    }
    v128.store(w, v128.sub<f32>(v128.load(w), step));
    w += 16;
    g += 16;
    squares += 16;
  }
}
