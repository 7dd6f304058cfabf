const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.758099340847377;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The error function: 2/√π · e^-x² Σ 2^n x^(2n+1) / (1 · 3 · … (2n+1)), whose terms do not cancel. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Φ and φ of the normal distribution. */
const probability = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
/** (1 + tanh(u)) / 2, and 2u. */
const geluNew = (x: number): number => sigmoid(twice(x));
const twice = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** An activation function in float64. `alpha` is its parameter; for relu it is the slope where x > 0, as in the kernel. */
export interface ActivationFunction {
  /** The kernel's code of the function. */
  readonly code: number;
  readonly f: (x: number, alpha: number) => number;
  readonly slope: (x: number, alpha: number) => number;
  /** The derivative from y = f(x). Missing where the kernel takes it from x. */
  readonly slopeOfValue?: (y: number, alpha: number) => number;
}

export const ACTIVATIONS = {
  linear: { code: 0, f: (x) => x, slope: () => 1, slopeOfValue: () => 1 },
  relu: {
    code: 1,
    f: (x) => Math.max(x, 0),
    slope: (x, alpha) => (x > 0 ? alpha : 0),
    slopeOfValue: (y, alpha) => (y > 0 ? alpha : 0),
  },
  relu6: {
    code: 2,
    f: (x) => Math.min(Math.max(x, 0), 6),
    slope: (x) => (x > 0 && x < 6 ? 1 : 0),
    slopeOfValue: (y) => (y > 0 && y < 6 ? 1 : 0),
  },
  leakyRelu: {
    code: 3,
    f: (x, alpha) => (x < 0 ? alpha * x : x),
    slope: (x, alpha) => (x > 0 ? 1 : alpha),
    slopeOfValue: (y, alpha) => (y > 0 ? 1 : alpha),
  },
  elu: {
    code: 4,
    f: (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x),
    slope: (x, alpha) => (x < 0 ? alpha * Math.exp(x) : 1),
    slopeOfValue: (y, alpha) => (y < 0 ? y + alpha : 1),
  },
  selu: {
    code: 5,
    f: (x) => (x < 0 ? SELU_SCALE_ALPHA * Math.expm1(x) : SELU_SCALE * x),
    slope: (x) => (x < 0 ? SELU_SCALE_ALPHA * Math.exp(x) : SELU_SCALE),
    slopeOfValue: (y) => (y < 0 ? y + SELU_SCALE_ALPHA : SELU_SCALE),
  },
  softplus: { code: 6, f: softplus, slope: sigmoid, slopeOfValue: (y) => -Math.expm1(-y) },
  softsign: {
    code: 7,
    f: (x) => x / (1 + Math.abs(x)),
    slope: (x) => 1 / (1 + Math.abs(x)) ** 2,
    slopeOfValue: (y) => (1 - Math.abs(y)) ** 2,
  },
  sigmoid: {
    code: 8,
    f: sigmoid,
    slope: (x) => sigmoid(x) * sigmoid(-x),
    slopeOfValue: (y) => y * (1 - y),
  },
  tanh: {
    code: 9,
    f: Math.tanh,
    slope: (x) => 4 * sigmoid(2 * x) * sigmoid(-2 * x),
    slopeOfValue: (y) => 1 - y ** 2,
  },
  hardSigmoid: {
    code: 10,
    f: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
    slope: (x) => (Math.abs(x) <= 2.5 ? 0.2 : 0),
  },
  swish: { code: 11, f: (x) => x * sigmoid(x), slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)) },
  mish: {
    code: 12,
    f: (x) => x * Math.tanh(softplus(x)),
    slope: (x) => Math.tanh(softplus(x)) + (x * sigmoid(x)) / Math.cosh(softplus(x)) ** 2,
  },
  gelu: { code: 13, f: (x) => x * probability(x), slope: (x) => probability(x) + x * density(x) },
  geluNew: {
    code: 14,
    f: (x) => x * geluNew(x),
    slope: (x) =>
      geluNew(x) + x * geluNew(x) * sigmoid(-twice(x)) * 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2),
  },
} as const satisfies Readonly<Record<string, ActivationFunction>>;
