import { high, low, maddDouble } from './lanes';
import { madd } from './madd';
import { Bytes } from './types';

/**
 * Batch normalization over the last axis (Ioffe & Szegedy, "Batch normalization", 2015): with the mean μ and the biased variance σ² of a
 * channel over all pixels of the batch, y = γ (x − μ) / √(σ² + ε) + β.
 *
 * Arrays are read from start to end. The numbers of the channels are therefore repeated until they fill whole vectors: a `period` is a
 * multiple of the number of channels and of 4, and number i of an array belongs to number i mod period of the repeated ones.
 *
 * Sums are float64. So one pass gives Σx and Σx² (the square of a float32 number is exact in float64), their difference is as good as that
 * of two passes in float32, and the sums of several shards need only be added.
 *
 * A layer's parameters are five arrays of `period` float32 numbers: μ, the factor γ / √(σ² + ε), β, and for the gradient the mean of
 * dy, and the mean of dy (x − μ) divided by σ² + ε.
 */

/** Adds x to the first `period` float64 numbers of `sums` and x² to the next `period`. */
export function addMoments(n: i32, period: i32, x: usize, sums: usize): void {
  const squares = (<usize>period) << 3;
  for (; n > 0; n -= period) {
    const whole = min(n, period) >> 2;
    const rest = min(n, period) & 3;
    let to = sums;
    for (let i = whole; i > 0; i--) {
      const value = v128.load(x);
      const value0 = low(value);
      const value1 = high(value);
      v128.store(to, v128.add<f64>(v128.load(to), value0));
      v128.store(to, v128.add<f64>(v128.load(to, 16), value1), 16);
      v128.store(to + squares, maddDouble(value0, value0, v128.load(to + squares)));
      v128.store(to + squares, maddDouble(value1, value1, v128.load(to + squares, 16)), 16);
      x += 16;
      to += 32;
    }
    for (let i = rest; i > 0; i--) {
      const value = <f64>load<f32>(x);
      store<f64>(to, load<f64>(to) + value);
      store<f64>(to + squares, load<f64>(to + squares) + value * value);
      x += 4;
      to += 8;
    }
  }
}

/**
 * μ and σ² from the sums of some shards.
 * @param sums, shardBytes sums of the first shard, and the bytes from one shard's sums to the next
 * @param count numbers of a channel
 */
export function batchMoments(
  channels: i32,
  period: i32,
  shards: i32,
  sums: usize,
  shardBytes: Bytes,
  count: f64,
  mean: usize,
  variance: usize,
): void {
  for (let channel = 0; channel < channels; channel++) {
    const at = sums + ((<usize>channel) << 3);
    const average = total(channels, period, shards, at, shardBytes) / count;
    const square = total(channels, period, shards, at + ((<usize>period) << 3), shardBytes) / count;
    store<f32>(mean + ((<usize>channel) << 2), <f32>average);
    store<f32>(variance + ((<usize>channel) << 2), <f32>max(square - average * average, 0));
  }
}

/** A channel's sum over all shards and over its repetitions in a period. */
function total(channels: i32, period: i32, shards: i32, sums: usize, shardBytes: Bytes): f64 {
  let sum: f64 = 0;
  for (let shard = 0; shard < shards; shard++) {
    for (let i = 0; i < period; i += channels) sum += load<f64>(sums + ((<usize>i) << 3));
    sums += shardBytes;
  }
  return sum;
}

/**
 * The first three parameters.
 * @param gamma, beta if at address 0: 1 and 0
 */
export function prepareBatchNorm(
  channels: i32,
  period: i32,
  mean: usize,
  variance: usize,
  epsilon: f64,
  gamma: usize,
  beta: usize,
  parameters: usize,
): void {
  const next = (<usize>period) << 2;
  for (let channel = 0; channel < channels; channel++) {
    const at = (<usize>channel) << 2;
    const scale: f64 = gamma != 0 ? <f64>load<f32>(gamma + at) : 1;
    const factor = <f32>(scale / sqrt(<f64>load<f32>(variance + at) + epsilon));
    const shift: f32 = beta != 0 ? load<f32>(beta + at) : 0;
    for (let i = channel; i < period; i += channels) {
      const to = parameters + ((<usize>i) << 2);
      store<f32>(to, load<f32>(mean + at));
      store<f32>(to + next, factor);
      store<f32>(to + 2 * next, shift);
    }
  }
}

/** y = (x − μ) · factor + β. */
export function batchNorm(n: i32, period: i32, x: usize, parameters: usize, y: usize): void {
  const next = (<usize>period) << 2;
  for (; n > 0; n -= period) {
    const whole = min(n, period) >> 2;
    const rest = min(n, period) & 3;
    let from = parameters;
    for (let i = whole; i > 0; i--) {
      const centred = v128.sub<f32>(v128.load(x), v128.load(from));
      v128.store(y, madd(centred, v128.load(from + next), v128.load(from + 2 * next)));
      x += 16;
      y += 16;
      from += 16;
    }
    for (let i = rest; i > 0; i--) {
      const centred = v128.sub<f32>(v128.load32_splat(x), v128.load32_splat(from));
      const value = madd(centred, v128.load32_splat(from + next), v128.load32_splat(from + 2 * next));
      v128.store_lane<f32>(y, value, 0);
      x += 4;
      y += 4;
      from += 4;
    }
  }
}

/** Adds dy to the first `period` float64 numbers of `sums` and dy (x − μ) to the next `period`. */
export function addGradientMoments(n: i32, period: i32, x: usize, dy: usize, parameters: usize, sums: usize): void {
  const products = (<usize>period) << 3;
  for (; n > 0; n -= period) {
    const whole = min(n, period) >> 2;
    const rest = min(n, period) & 3;
    let to = sums;
    let from = parameters;
    for (let i = whole; i > 0; i--) {
      const centred = v128.sub<f32>(v128.load(x), v128.load(from));
      const gradient = v128.load(dy);
      const gradient0 = low(gradient);
      const gradient1 = high(gradient);
      v128.store(to, v128.add<f64>(v128.load(to), gradient0));
      v128.store(to, v128.add<f64>(v128.load(to, 16), gradient1), 16);
      v128.store(to + products, maddDouble(low(centred), gradient0, v128.load(to + products)));
      v128.store(to + products, maddDouble(high(centred), gradient1, v128.load(to + products, 16)), 16);
      x += 16;
      dy += 16;
      from += 16;
      to += 32;
    }
    for (let i = rest; i > 0; i--) {
      const gradient = <f64>load<f32>(dy);
      store<f64>(to, load<f64>(to) + gradient);
      store<f64>(to + products, load<f64>(to + products) + <f64>(load<f32>(x) - load<f32>(from)) * gradient);
      x += 4;
      dy += 4;
      from += 4;
      to += 8;
    }
  }
}

/**
 * The last two parameters from the sums of some shards, and the gradients dβ = Σ dy and dγ = Σ dy (x − μ) / √(σ² + ε).
 * @param dGamma, dBeta 0 if not needed
 */
export function gradientMoments(
  channels: i32,
  period: i32,
  shards: i32,
  sums: usize,
  shardBytes: Bytes,
  count: f64,
  variance: usize,
  epsilon: f64,
  parameters: usize,
  dGamma: usize,
  dBeta: usize,
): void {
  const next = (<usize>period) << 2;
  for (let channel = 0; channel < channels; channel++) {
    const at = sums + ((<usize>channel) << 3);
    const gradient = total(channels, period, shards, at, shardBytes);
    const product = total(channels, period, shards, at + ((<usize>period) << 3), shardBytes);
    const spread = <f64>load<f32>(variance + ((<usize>channel) << 2)) + epsilon;
    if (dGamma != 0) store<f32>(dGamma + ((<usize>channel) << 2), <f32>(product / sqrt(spread)));
    if (dBeta != 0) store<f32>(dBeta + ((<usize>channel) << 2), <f32>gradient);
    for (let i = channel; i < period; i += channels) {
      const to = parameters + ((<usize>i) << 2);
      store<f32>(to + 3 * next, <f32>(gradient / count));
      store<f32>(to + 4 * next, <f32>(product / count / spread));
    }
  }
}

/** dx = factor · (dy − mean of dy − (x − μ) · mean of dy (x − μ) / (σ² + ε)). */
export function batchNormGradient(n: i32, period: i32, x: usize, dy: usize, parameters: usize, dx: usize): void {
  const next = (<usize>period) << 2;
  for (; n > 0; n -= period) {
    const whole = min(n, period) >> 2;
    const rest = min(n, period) & 3;
    let from = parameters;
    for (let i = whole; i > 0; i--) {
      const centred = v128.sub<f32>(v128.load(from), v128.load(x));
      const gradient = v128.sub<f32>(v128.load(dy), v128.load(from + 3 * next));
      const sum = madd(centred, v128.load(from + 4 * next), gradient);
      v128.store(dx, v128.mul<f32>(sum, v128.load(from + next)));
      x += 16;
      dy += 16;
      dx += 16;
      from += 16;
    }
    for (let i = rest; i > 0; i--) {
      const centred = v128.sub<f32>(v128.load32_splat(from), v128.load32_splat(x));
      const gradient = v128.sub<f32>(v128.load32_splat(dy), v128.load32_splat(from + 3 * next));
      const sum = madd(centred, v128.load32_splat(from + 4 * next), gradient);
      v128.store_lane<f32>(dx, v128.mul<f32>(sum, v128.load32_splat(from + next)), 0);
      x += 4;
      dy += 4;
      dx += 4;
      from += 4;
    }
  }
}

/** average ← average − (average − value) · decay, rounded as in tfjs. */
export function moveAverage(n: i32, average: usize, value: usize, decay: f32): void {
  for (; n > 0; n--) {
    const old = load<f32>(average);
    store<f32>(average, old - (old - load<f32>(value)) * decay);
    average += 4;
    value += 4;
  }
}
