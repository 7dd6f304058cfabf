import { put } from './lanes';
import { clamp, erf, exp, expm1, sigmoid, softplus, tanh } from './functions';
import { madd } from './madd';

/**
 * Activation functions and softmax, with the formulas of TensorFlow.js (tfjs-layers 4.22, activations.js). The derivatives at kinks are
 * those of TensorFlow's kernels; TensorFlow.js differs from them only in selu at 0. The bits of a result depend on its own argument, not on
 * the argument's position: the last one to three numbers of an array go through the same vector code. So an array may be cut anywhere.
 */

// Codes of the functions. The derivative is computed from y, or, from HARD_SIGMOID on, from x.
const LINEAR: i32 = 0; // x
const RELU: i32 = 1; // max(x, 0); alpha is the derivative where y > 0
const RELU6: i32 = 2; // min(max(x, 0), 6)
const LEAKY_RELU: i32 = 3; // x < 0 ? alpha x : x; alpha >= 0
const ELU: i32 = 4; // x < 0 ? alpha (e^x - 1) : x; alpha > 0
const SELU: i32 = 5; // scale * (x < 0 ? α (e^x - 1) : x)
const SOFTPLUS: i32 = 6; // ln(1 + e^x)
const SOFTSIGN: i32 = 7; // x / (1 + |x|)
const SIGMOID: i32 = 8; // 1 / (1 + e^-x)
const TANH: i32 = 9;
const HARD_SIGMOID: i32 = 10; // min(max(0.2 x + 0.5, 0), 1)
const SWISH: i32 = 11; // x sigmoid(x)
const MISH: i32 = 12; // x tanh(softplus(x))
const GELU: i32 = 13; // x (1 + erf(x / √2)) / 2
const GELU_NEW: i32 = 14; // x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2

// Klambauer et al., "Self-normalizing neural networks", 2017.
const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_SCALE_ALPHA: f32 = 1.758099340847377;
const SQRT_HALF: f32 = 0.7071067811865476;
/** The factor of the normal distribution's density: 1/√(2π). */
const DENSITY: f32 = 0.3989422804014327;
/** 2 √(2/π), and 0.044715 times that. */
const GELU_LINEAR: f32 = 1.5957691216057308;
const GELU_CUBIC: f32 = 0.07135481627260025;

function splat(value: f32): v128 {
  return v128.splat<f32>(value);
}

/** The first n floats, at most four. The other lanes are those of `others`. */
function take(x: usize, n: i32, others: v128): v128 {
  if (n >= 4) return v128.load(x);
  let v = v128.load_lane<f32>(x, others, 0);
  if (n > 1) v = v128.load_lane<f32>(x, v, 1, 4);
  if (n > 2) v = v128.load_lane<f32>(x, v, 2, 8);
  return v;
}

/**
 * An activation function. Its subclasses have no fields and no instances. The loops below are compiled once for each subclass and call its
 * methods on null; the compiler inlines the calls.
 */
abstract class Activation {
  abstract of(x: v128, alpha: v128): v128;

  /** The derivative, from y or from x: see the codes. */
  abstract slope(v: v128, alpha: v128): v128;
}

function map<A extends Activation>(x: usize, y: usize, n: i32, alpha: f32): void {
  const activation = changetype<A>(0);
  const a = splat(alpha);
  for (; n >= 4; n -= 4) {
    v128.store(y, activation.of(v128.load(x), a));
    x += 16;
    y += 16;
  }
  if (n > 0) put(y, activation.of(take(x, n, splat(0)), a), n);
}

function mapGradient<A extends Activation>(v: usize, dy: usize, dx: usize, n: i32, alpha: f32): void {
  const activation = changetype<A>(0);
  const a = splat(alpha);
  for (; n >= 4; n -= 4) {
    v128.store(dx, v128.mul<f32>(v128.load(dy), activation.slope(v128.load(v), a)));
    v += 16;
    dy += 16;
    dx += 16;
  }
  if (n > 0) put(dx, v128.mul<f32>(take(dy, n, splat(0)), activation.slope(take(v, n, splat(0)), a)), n);
}

class Relu extends Activation {
  of(x: v128, alpha: v128): v128 {
    return v128.pmax<f32>(x, splat(0));
  }

  slope(y: v128, alpha: v128): v128 {
    return v128.and(v128.gt<f32>(y, splat(0)), alpha);
  }
}

class Relu6 extends Activation {
  of(x: v128, alpha: v128): v128 {
    return clamp(x, 0, 6);
  }

  slope(y: v128, alpha: v128): v128 {
    return v128.and(v128.and(v128.gt<f32>(y, splat(0)), v128.lt<f32>(y, splat(6))), splat(1));
  }
}

class LeakyRelu extends Activation {
  of(x: v128, alpha: v128): v128 {
    return v128.bitselect(v128.mul<f32>(alpha, x), x, v128.lt<f32>(x, splat(0)));
  }

  slope(y: v128, alpha: v128): v128 {
    return v128.bitselect(splat(1), alpha, v128.gt<f32>(y, splat(0)));
  }
}

class Elu extends Activation {
  of(x: v128, alpha: v128): v128 {
    return v128.bitselect(v128.mul<f32>(alpha, expm1(x)), x, v128.lt<f32>(x, splat(0)));
  }

  slope(y: v128, alpha: v128): v128 {
    return v128.bitselect(v128.add<f32>(y, alpha), splat(1), v128.lt<f32>(y, splat(0)));
  }
}

class Selu extends Activation {
  of(x: v128, alpha: v128): v128 {
    const negative = v128.mul<f32>(splat(SELU_SCALE_ALPHA), expm1(x));
    return v128.bitselect(negative, v128.mul<f32>(splat(SELU_SCALE), x), v128.lt<f32>(x, splat(0)));
  }

  slope(y: v128, alpha: v128): v128 {
    const negative = v128.add<f32>(y, splat(SELU_SCALE_ALPHA));
    return v128.bitselect(negative, splat(SELU_SCALE), v128.lt<f32>(y, splat(0)));
  }
}

class Softplus extends Activation {
  of(x: v128, alpha: v128): v128 {
    return softplus(x);
  }

  /** sigmoid(x) = 1 − e^-y. */
  slope(y: v128, alpha: v128): v128 {
    return v128.neg<f32>(expm1(v128.neg<f32>(y)));
  }
}

class Softsign extends Activation {
  of(x: v128, alpha: v128): v128 {
    return v128.div<f32>(x, v128.add<f32>(splat(1), v128.abs<f32>(x)));
  }

  /** 1 / (1 + |x|)² = (1 − |y|)². */
  slope(y: v128, alpha: v128): v128 {
    const root = v128.sub<f32>(splat(1), v128.abs<f32>(y));
    return v128.mul<f32>(root, root);
  }
}

class Sigmoid extends Activation {
  of(x: v128, alpha: v128): v128 {
    return sigmoid(x);
  }

  slope(y: v128, alpha: v128): v128 {
    return v128.mul<f32>(y, v128.sub<f32>(splat(1), y));
  }
}

class Tanh extends Activation {
  of(x: v128, alpha: v128): v128 {
    return tanh(x);
  }

  /** 1 − y² as a product, which keeps its digits where |y| is almost 1. */
  slope(y: v128, alpha: v128): v128 {
    return v128.mul<f32>(v128.sub<f32>(splat(1), y), v128.add<f32>(splat(1), y));
  }
}

class HardSigmoid extends Activation {
  /** Uses no `madd`, so the kinks are at the same x in both builds and in TensorFlow.js. */
  line(x: v128): v128 {
    return v128.add<f32>(splat(0.5), v128.mul<f32>(splat(0.2), x));
  }

  of(x: v128, alpha: v128): v128 {
    return clamp(this.line(x), 0, 1);
  }

  /** 0.2 at the kinks too: clipByValue passes a gradient on where x is exactly at a bound. That can't be seen from y. */
  slope(x: v128, alpha: v128): v128 {
    const y = this.line(x);
    return v128.and(v128.and(v128.ge<f32>(y, splat(0)), v128.le<f32>(y, splat(1))), splat(0.2));
  }
}

/**
 * The derivative of x s with s = sigmoid(u): s + t s (1 − s) with t = x u′. It is computed from e^-|u|, since 1 − s would lose digits that
 * a large t makes visible. Callers clamp x to a range beyond which s is 0 or 1: 0 · ∞ would be NaN.
 */
function gateSlope(u: v128, t: v128): v128 {
  const z = exp(v128.neg<f32>(v128.abs<f32>(u)));
  const large = v128.div<f32>(splat(1), v128.add<f32>(splat(1), z));
  const small = v128.mul<f32>(z, large);
  const s = v128.bitselect(small, large, v128.lt<f32>(u, splat(0)));
  return madd(v128.mul<f32>(t, small), large, s);
}

class Swish extends Activation {
  of(x: v128, alpha: v128): v128 {
    return v128.mul<f32>(x, sigmoid(x));
  }

  slope(x: v128, alpha: v128): v128 {
    x = clamp(x, -104, 104);
    return gateSlope(x, x);
  }
}

class Mish extends Activation {
  /** With w = e^x and m = w (w + 2), tanh(ln(1 + w)) is m / (m + 2). It is 1 for x ≥ 20. */
  of(x: v128, alpha: v128): v128 {
    const w = exp(v128.pmin<f32>(x, splat(20)));
    const m = v128.mul<f32>(w, v128.add<f32>(w, splat(2)));
    return v128.mul<f32>(x, v128.div<f32>(m, v128.add<f32>(m, splat(2))));
  }

  /** With d = m + 2: m / d + x · 4 w (1 + w) / d². */
  slope(x: v128, alpha: v128): v128 {
    x = clamp(x, -104, 20);
    const w = exp(x);
    const m = v128.mul<f32>(w, v128.add<f32>(w, splat(2)));
    const d = v128.add<f32>(m, splat(2));
    const product = v128.mul<f32>(v128.mul<f32>(splat(4), w), v128.add<f32>(splat(1), w));
    return v128.div<f32>(madd(x, product, v128.mul<f32>(m, d)), v128.mul<f32>(d, d));
  }
}

class Gelu extends Activation {
  /** The normal distribution function Φ. */
  probability(x: v128): v128 {
    const half = splat(0.5);
    return madd(half, erf(v128.mul<f32>(x, splat(SQRT_HALF))), half);
  }

  of(x: v128, alpha: v128): v128 {
    return v128.mul<f32>(x, this.probability(x));
  }

  /** Φ(x) + x φ(x); at ±20, φ is 0. */
  slope(x: v128, alpha: v128): v128 {
    x = clamp(x, -20, 20);
    const density = v128.mul<f32>(exp(v128.mul<f32>(v128.mul<f32>(x, x), splat(-0.5))), splat(DENSITY));
    return madd(x, density, this.probability(x));
  }
}

class GeluNew extends Activation {
  /** 2 √(2/π) (x + 0.044715 x³), since (1 + tanh(u)) / 2 is sigmoid(2u). */
  inner(x: v128, cubic: f32): v128 {
    return v128.mul<f32>(x, madd(splat(cubic), v128.mul<f32>(x, x), splat(GELU_LINEAR)));
  }

  of(x: v128, alpha: v128): v128 {
    return v128.mul<f32>(x, sigmoid(this.inner(x, GELU_CUBIC)));
  }

  slope(x: v128, alpha: v128): v128 {
    x = clamp(x, -20, 20);
    return gateSlope(this.inner(x, GELU_CUBIC), this.inner(x, 3 * GELU_CUBIC));
  }
}

/**
 * y = f(x) for n floats.
 * @param kind code of the function
 * @param y may be x
 * @param alpha parameter of LEAKY_RELU and ELU; the others ignore it
 */
export function activate(kind: i32, x: usize, y: usize, n: i32, alpha: f32): void {
  if (kind == LINEAR) copy(x, y, n);
  else if (kind == RELU) map<Relu>(x, y, n, alpha);
  else if (kind == RELU6) map<Relu6>(x, y, n, alpha);
  else if (kind == LEAKY_RELU) map<LeakyRelu>(x, y, n, alpha);
  else if (kind == ELU) map<Elu>(x, y, n, alpha);
  else if (kind == SELU) map<Selu>(x, y, n, alpha);
  else if (kind == SOFTPLUS) map<Softplus>(x, y, n, alpha);
  else if (kind == SOFTSIGN) map<Softsign>(x, y, n, alpha);
  else if (kind == SIGMOID) map<Sigmoid>(x, y, n, alpha);
  else if (kind == TANH) map<Tanh>(x, y, n, alpha);
  else if (kind == HARD_SIGMOID) map<HardSigmoid>(x, y, n, alpha);
  else if (kind == SWISH) map<Swish>(x, y, n, alpha);
  else if (kind == MISH) map<Mish>(x, y, n, alpha);
  else if (kind == GELU) map<Gelu>(x, y, n, alpha);
  else if (kind == GELU_NEW) map<GeluNew>(x, y, n, alpha);
  else unreachable();
}

/**
 * dx = dy · f′ for n floats.
 * @param x read only by the functions from HARD_SIGMOID on; else may be 0
 * @param y read only by the other functions; else may be 0
 * @param dx may be dy
 * @param alpha as for `activate`; for RELU the derivative where y > 0
 */
export function activateGradient(kind: i32, x: usize, y: usize, dy: usize, dx: usize, n: i32, alpha: f32): void {
  if (kind == LINEAR) copy(dy, dx, n);
  else if (kind == RELU) mapGradient<Relu>(y, dy, dx, n, alpha);
  else if (kind == RELU6) mapGradient<Relu6>(y, dy, dx, n, alpha);
  else if (kind == LEAKY_RELU) mapGradient<LeakyRelu>(y, dy, dx, n, alpha);
  else if (kind == ELU) mapGradient<Elu>(y, dy, dx, n, alpha);
  else if (kind == SELU) mapGradient<Selu>(y, dy, dx, n, alpha);
  else if (kind == SOFTPLUS) mapGradient<Softplus>(y, dy, dx, n, alpha);
  else if (kind == SOFTSIGN) mapGradient<Softsign>(y, dy, dx, n, alpha);
  else if (kind == SIGMOID) mapGradient<Sigmoid>(y, dy, dx, n, alpha);
  else if (kind == TANH) mapGradient<Tanh>(y, dy, dx, n, alpha);
  else if (kind == HARD_SIGMOID) mapGradient<HardSigmoid>(x, dy, dx, n, alpha);
  else if (kind == SWISH) mapGradient<Swish>(x, dy, dx, n, alpha);
  else if (kind == MISH) mapGradient<Mish>(x, dy, dx, n, alpha);
  else if (kind == GELU) mapGradient<Gelu>(x, dy, dx, n, alpha);
  else if (kind == GELU_NEW) mapGradient<GeluNew>(x, dy, dx, n, alpha);
  else unreachable();
}

function copy(from: usize, to: usize, n: i32): void {
  if (from != to) memory.copy(to, from, (<usize>n) << 2);
}

/** The sum of the four lanes, always in the same order. */
function sumLanes(v: v128): f32 {
  const low = v128.extract_lane<f32>(v, 0) + v128.extract_lane<f32>(v, 1);
  return low + (v128.extract_lane<f32>(v, 2) + v128.extract_lane<f32>(v, 3));
}

/**
 * y = e^(x − max x) / Σ e^(x − max x) for each row.
 * @param size floats of a row; the rows lie one after the other
 * @param y may be x
 */
export function softmax(rows: i32, size: i32, x: usize, y: usize): void {
  const nothing = splat(-Infinity);
  for (; rows > 0; rows--) {
    let most = nothing;
    let now = x;
    for (let n = size; n > 0; n -= 4) {
      most = v128.pmax<f32>(most, take(now, n, nothing));
      now += 16;
    }
    most = v128.pmax<f32>(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
    most = v128.pmax<f32>(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
    // Lanes behind the end of the row add e^-∞.
    let sums = splat(0);
    let to = y;
    now = x;
    for (let n = size; n > 0; n -= 4) {
      const e = exp(v128.sub<f32>(take(now, n, nothing), most));
      sums = v128.add<f32>(sums, e);
      put(to, e, n);
      now += 16;
      to += 16;
    }
    const sum = splat(sumLanes(sums));
    to = y;
    for (let n = size; n > 0; n -= 4) {
      put(to, v128.div<f32>(take(to, n, splat(0)), sum), n);
      to += 16;
    }
    x += (<usize>size) << 2;
    y += (<usize>size) << 2;
  }
}

/**
 * dx = y · (dy − Σ dy · y) for each row.
 * @param dx may be dy
 */
export function softmaxGradient(rows: i32, size: i32, y: usize, dy: usize, dx: usize): void {
  for (; rows > 0; rows--) {
    let sums = splat(0);
    let p = y;
    let q = dy;
    for (let n = size; n > 0; n -= 4) {
      sums = madd(take(q, n, splat(0)), take(p, n, splat(0)), sums);
      p += 16;
      q += 16;
    }
    const sum = splat(sumLanes(sums));
    let to = dx;
    p = y;
    q = dy;
    for (let n = size; n > 0; n -= 4) {
      put(to, v128.mul<f32>(take(p, n, splat(0)), v128.sub<f32>(take(q, n, splat(0)), sum)), n);
      to += 16;
      p += 16;
      q += 16;
    }
    y += (<usize>size) << 2;
    dy += (<usize>size) << 2;
    dx += (<usize>size) << 2;
  }
}
