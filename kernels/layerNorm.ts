import { high, low, maddDouble, sumDouble } from './lanes';
import { madd } from './madd';
import { Flag } from './types';

/**
 * Layer normalization (Ba et al., "Layer normalization", 2016): y = γ (x − μ) / √(σ² + ε) + β with the mean and the biased variance of each
 * group of n numbers. Sums are float64, as in batchNorm.ts.
 * @param gamma, beta n numbers each; if at address 0: 1 and 0
 * @param moments receives μ and 1 / √(σ² + ε) of each group
 */
export function layerNorm(
  groups: i32,
  n: i32,
  x: usize,
  gamma: usize,
  beta: usize,
  epsilon: f64,
  moments: usize,
  y: usize,
): void {
  const one = v128.splat<f32>(1);
  const zero = v128.splat<f32>(0);
  const bytes = (<usize>n) << 2;
  const vectors = bytes & ~15;
  for (; groups > 0; groups--) {
    let sum0 = v128.splat<f64>(0);
    let sum1 = sum0;
    let square0 = sum0;
    let square1 = sum0;
    let at: usize = 0;
    for (; at < vectors; at += 16) {
      const value = v128.load(x + at);
      const value0 = low(value);
      const value1 = high(value);
      sum0 = v128.add<f64>(sum0, value0);
      sum1 = v128.add<f64>(sum1, value1);
      square0 = maddDouble(value0, value0, square0);
      square1 = maddDouble(value1, value1, square1);
    }
    let sum = sumDouble(v128.add<f64>(sum0, sum1));
    let square = sumDouble(v128.add<f64>(square0, square1));
    for (; at < bytes; at += 4) {
      const value = <f64>load<f32>(x + at);
      sum += value;
      square += value * value;
    }
    const average = sum / <f64>n;
    const mean = <f32>average;
    const factor = <f32>(1 / sqrt(max(square / <f64>n - average * average, 0) + epsilon));
    store<f32>(moments, mean);
    store<f32>(moments, factor, 4);
    const means = v128.splat<f32>(mean);
    const factors = v128.splat<f32>(factor);
    for (at = 0; at < vectors; at += 16) {
      const normal = v128.mul<f32>(v128.sub<f32>(v128.load(x + at), means), factors);
      const scale = gamma != 0 ? v128.load(gamma + at) : one;
      v128.store(y + at, madd(normal, scale, beta != 0 ? v128.load(beta + at) : zero));
    }
    for (; at < bytes; at += 4) {
      const normal = v128.mul<f32>(v128.sub<f32>(v128.load32_splat(x + at), means), factors);
      const scale = gamma != 0 ? v128.load32_splat(gamma + at) : one;
      v128.store_lane<f32>(y + at, madd(normal, scale, beta != 0 ? v128.load32_splat(beta + at) : zero), 0);
    }
    x += bytes;
    y += bytes;
    moments += 8;
  }
}

/**
 * The gradients of {@link layerNorm}. With x̂ = (x − μ) / √(σ² + ε) and g = γ dy: dγ = Σ dy x̂ and dβ = Σ dy over the groups, and
 * dx = (g − mean of g − x̂ · mean of g x̂) / √(σ² + ε).
 * @param dGamma, dBeta, dx 0 if not needed
 * @param fresh 0 to add to `dGamma` and `dBeta`, 1 to overwrite them
 */
export function layerNormGradient(
  groups: i32,
  n: i32,
  x: usize,
  gamma: usize,
  moments: usize,
  dy: usize,
  dGamma: usize,
  dBeta: usize,
  dx: usize,
  fresh: Flag,
): void {
  const one = v128.splat<f32>(1);
  const bytes = (<usize>n) << 2;
  const vectors = bytes & ~15;
  if (fresh) {
    if (dGamma != 0) memory.fill(dGamma, 0, bytes);
    if (dBeta != 0) memory.fill(dBeta, 0, bytes);
  }
  for (; groups > 0; groups--) {
    const means = v128.load32_splat(moments);
    const factors = v128.load32_splat(moments, 4);
    let sum0 = v128.splat<f64>(0);
    let sum1 = sum0;
    let product0 = sum0;
    let product1 = sum0;
    let at: usize = 0;
    for (; at < vectors; at += 16) {
      const normal = v128.mul<f32>(v128.sub<f32>(v128.load(x + at), means), factors);
      let gradient = v128.load(dy + at);
      if (dGamma != 0) v128.store(dGamma + at, madd(gradient, normal, v128.load(dGamma + at)));
      if (dBeta != 0) v128.store(dBeta + at, v128.add<f32>(gradient, v128.load(dBeta + at)));
      if (gamma != 0) gradient = v128.mul<f32>(gradient, v128.load(gamma + at));
      const gradient0 = low(gradient);
      const gradient1 = high(gradient);
      sum0 = v128.add<f64>(sum0, gradient0);
      sum1 = v128.add<f64>(sum1, gradient1);
      product0 = maddDouble(gradient0, low(normal), product0);
      product1 = maddDouble(gradient1, high(normal), product1);
    }
    let sum = sumDouble(v128.add<f64>(sum0, sum1));
    let product = sumDouble(v128.add<f64>(product0, product1));
    for (; at < bytes; at += 4) {
      const normal = (load<f32>(x + at) - load<f32>(moments)) * load<f32>(moments, 4);
      const gradient = load<f32>(dy + at);
      if (dGamma != 0) store<f32>(dGamma + at, load<f32>(dGamma + at) + gradient * normal);
      if (dBeta != 0) store<f32>(dBeta + at, load<f32>(dBeta + at) + gradient);
      const scaled = <f64>(gamma != 0 ? gradient * load<f32>(gamma + at) : gradient);
      sum += scaled;
      product += scaled * <f64>normal;
    }
    if (dx != 0) {
      const average = v128.splat<f32>(<f32>(sum / <f64>n));
      const slope = v128.splat<f32>(<f32>(-product / <f64>n));
      for (at = 0; at < vectors; at += 16) {
        const normal = v128.mul<f32>(v128.sub<f32>(v128.load(x + at), means), factors);
        const scale = gamma != 0 ? v128.load(gamma + at) : one;
        const gradient = v128.sub<f32>(v128.mul<f32>(v128.load(dy + at), scale), average);
        v128.store(dx + at, v128.mul<f32>(madd(normal, slope, gradient), factors));
      }
      for (; at < bytes; at += 4) {
        const normal = v128.mul<f32>(v128.sub<f32>(v128.load32_splat(x + at), means), factors);
        const scale = gamma != 0 ? v128.load32_splat(gamma + at) : one;
        const gradient = v128.sub<f32>(v128.mul<f32>(v128.load32_splat(dy + at), scale), average);
        v128.store_lane<f32>(dx + at, v128.mul<f32>(madd(normal, slope, gradient), factors), 0);
      }
      dx += bytes;
    }
    x += bytes;
    dy += bytes;
    moments += 8;
  }
}
