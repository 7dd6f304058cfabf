import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { instantiate, type Kernels } from '../../../../../src/engines/wasm/kernels.js';
import { dot, numbers } from '../../../../reference/numeric.js';

/** Error of a function relative to its value, unless its entry below says otherwise: four ulp of float32. */
const TOLERANCE = 2 ** -21;
/** Where a value is the difference of two numbers near 1/2, its error is at most this, for the gelus times x. */
const DIFFERENCE_TOLERANCE = 2.5e-7;
/** Error of a derivative, relative to its value where that is above 1. */
const SLOPE_TOLERANCE = 1e-6;
/** Absolute error of a probability of softmax and of its gradient. */
const SOFTMAX_TOLERANCE = 3e-7;
/** The smallest normal float32. What is less, also before it is multiplied by x, may become 0. */
const TINY = 2 ** -126;

const ALPHA = Math.fround(0.3);
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.758099340847377;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** 2/√π · e^-x² Σ 2^n x^(2n+1) / (1 · 3 · … (2n+1)): no terms that cancel. */
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

interface Kind {
  readonly code: number;
  /** In float64. */
  readonly f: (x: number) => number;
  readonly slope: (x: number) => number;
  /** The kernel takes the derivative from x, else from y. */
  readonly fromX?: boolean;
  readonly alpha?: number;
  /** f(∞) and f(−∞) of TensorFlow.js, where f above has others. */
  readonly infinities?: readonly [number, number];
  /** What the error is relative to, where that is not f(x). */
  readonly scale?: (x: number) => number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  linear: { code: 0, f: (x) => x, slope: () => 1 },
  relu: { code: 1, f: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0) },
  relu6: { code: 2, f: (x) => Math.min(Math.max(x, 0), 6), slope: (x) => (x > 0 && x < 6 ? 1 : 0) },
  leakyRelu: { code: 3, f: (x) => (x < 0 ? ALPHA * x : x), slope: (x) => (x > 0 ? 1 : ALPHA), alpha: ALPHA },
  'leakyRelu, alpha 0': {
    code: 3,
    f: (x) => Math.max(x, 0),
    slope: (x) => (x > 0 ? 1 : 0),
    alpha: 0,
    infinities: [Infinity, NaN],
  },
  elu: { code: 4, f: (x) => (x < 0 ? Math.expm1(x) : x), slope: (x) => (x < 0 ? Math.exp(x) : 1), alpha: 1 },
  'elu, alpha 0.3': {
    code: 4,
    f: (x) => (x < 0 ? ALPHA * Math.expm1(x) : x),
    slope: (x) => (x < 0 ? ALPHA * Math.exp(x) : 1),
    alpha: ALPHA,
  },
  selu: {
    code: 5,
    f: (x) => (x < 0 ? SELU_SCALE_ALPHA * Math.expm1(x) : SELU_SCALE * x),
    slope: (x) => (x < 0 ? SELU_SCALE_ALPHA * Math.exp(x) : SELU_SCALE),
  },
  softplus: { code: 6, f: softplus, slope: sigmoid },
  softsign: { code: 7, f: (x) => x / (1 + Math.abs(x)), slope: (x) => 1 / (1 + Math.abs(x)) ** 2 },
  sigmoid: { code: 8, f: sigmoid, slope: (x) => sigmoid(x) * sigmoid(-x) },
  tanh: { code: 9, f: Math.tanh, slope: (x) => 4 * sigmoid(2 * x) * sigmoid(-2 * x) },
  hardSigmoid: {
    code: 10,
    f: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
    slope: (x) => (Math.abs(x) <= 2.5 ? 0.2 : 0),
    fromX: true,
    scale: () => 1,
  },
  swish: {
    code: 11,
    f: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
    fromX: true,
  },
  mish: {
    code: 12,
    f: (x) => x * Math.tanh(softplus(x)),
    slope: (x) => Math.tanh(softplus(x)) + (x * sigmoid(x)) / Math.cosh(softplus(x)) ** 2,
    fromX: true,
  },
  gelu: {
    code: 13,
    f: (x) => x * probability(x),
    slope: (x) => probability(x) + x * density(x),
    fromX: true,
    scale: Math.abs,
  },
  gelu_new: {
    code: 14,
    f: (x) => x * geluNew(x),
    slope: (x) =>
      geluNew(x) + x * geluNew(x) * sigmoid(-twice(x)) * 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2),
    fromX: true,
    scale: Math.abs,
  },
};

/** [−90, 90] and, on a logarithmic scale, ever nearer to 0 and to ±10³⁸. */
const GRID = Float32Array.from([
  ...Array.from({ length: 14_401 }, (_, i) => (i - 7200) / 80),
  ...Array.from({ length: 1_502 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 10 ** (38 - (i >> 1) / 10)),
  -0,
]);

const SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Of a memory that nothing has been written to. */
const UNTOUCHED = 12345;

const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
const floats = new Float32Array(memory.buffer);

/** Places for arrays, from 64 bytes on: address 0 stands for "none". */
function place(at: number, values: ArrayLike<number>): number {
  floats.set(values, at);
  return at * 4;
}
const X = 16;
const Y = X + 20_000;
const DY = Y + 20_000;
const DX = DY + 20_000;

function read(at: number, n: number): Float32Array {
  return floats.slice(at, at + n);
}

function bits(values: Float32Array): number[] {
  return [...new Uint32Array(values.buffer)];
}

/** The largest error in units of the one allowed, and where it is; NaN and ∞ must be where they are expected. */
function worst(
  actual: Float32Array,
  x: Float32Array,
  exact: (x: number, i: number) => number,
  allowed: (exact: number, x: number) => number,
): { error: number; x: number } {
  let found = { error: 0, x: 0 };
  x.forEach((at, i) => {
    const [y = NaN, expected] = [actual[i], exact(at, i)];
    const error = Object.is(y, expected) || y === expected ? 0 : Math.abs(y - expected) / allowed(expected, at);
    if (!(error <= found.error)) found = { error, x: at };
  });
  return found;
}

const BUILDS = (['simd', 'relaxed'] as const).flatMap((build): [string, Kernels][] => {
  const code = readFileSync(new URL(`../../../../../kernels/build/${build}.wasm`, import.meta.url));
  return WebAssembly.validate(code) ? [[build, instantiate(new WebAssembly.Module(code), memory)]] : [];
});

describe.each(BUILDS)('kernels of the %s build', (_, kernels) => {
  function activate({ code, alpha = NaN }: Kind, x: ArrayLike<number>): Float32Array {
    floats.fill(UNTOUCHED, Y, Y + x.length);
    kernels.activate(code, place(X, x), Y * 4, x.length, alpha);
    return read(Y, x.length);
  }

  /** Of the kernel's own y. The address it should not need is 0. */
  function gradient(kind: Kind, x: ArrayLike<number>, dy: ArrayLike<number>): Float32Array {
    activate(kind, x);
    const { code, alpha = NaN, fromX = false } = kind;
    kernels.activateGradient(code, fromX ? X * 4 : 0, fromX ? 0 : Y * 4, place(DY, dy), DX * 4, x.length, alpha);
    return read(DX, x.length);
  }

  describe.each(Object.entries(KINDS))('%s', (_, kind) => {
    it('is that of float64', () => {
      const { error, x } = worst(
        activate(kind, GRID),
        GRID,
        kind.f,
        (exact, x) =>
          (kind.scale ? DIFFERENCE_TOLERANCE * kind.scale(x) : TOLERANCE * Math.abs(exact)) +
          TINY * Math.max(1, Math.abs(x)),
      );
      expect(error, `at ${x}`).toBeLessThanOrEqual(1);
    });

    it('has the derivative of float64', () => {
      const dy = Float32Array.from(numbers(GRID.length, 1));
      const { error, x } = worst(
        gradient(kind, GRID, dy),
        GRID,
        (x, i) => (dy[i] ?? NaN) * kind.slope(x),
        (_, x) => SLOPE_TOLERANCE * Math.max(1, Math.abs(kind.slope(x))),
      );
      expect(error, `at ${x}`).toBeLessThanOrEqual(1);
    });

    it('has the values of TensorFlow.js at ±∞, and NaN stays NaN', () => {
      const [above, below] = kind.infinities ?? [kind.f(Infinity), kind.f(-Infinity)];
      expect([...activate(kind, [Infinity, -Infinity, NaN])]).toEqual([Math.fround(above), Math.fround(below), NaN]);
    });

    it('changes nothing behind the end, in place as elsewhere', () => {
      const { code, alpha = NaN, fromX = false } = kind;
      for (const n of SIZES) {
        const [x, dy] = [numbers(n, n), numbers(n, n + 20)];
        const [y, dx] = [activate(kind, x), gradient(kind, x, dy)];
        floats.fill(UNTOUCHED, X, X + 64);
        kernels.activate(code, place(X, x), X * 4, n, alpha);
        expect([...read(X, n + 8)]).toEqual([...y, ...Array<number>(8).fill(UNTOUCHED)]);
        place(X, x);
        floats.fill(UNTOUCHED, DY, DY + 64);
        kernels.activateGradient(code, fromX ? X * 4 : 0, Y * 4, place(DY, dy), DY * 4, n, alpha);
        expect([...read(DY, n + 8)]).toEqual([...dx, ...Array<number>(8).fill(UNTOUCHED)]);
      }
    });

    it('gives the same bits wherever the array is cut', () => {
      const { code, alpha = NaN, fromX = false } = kind;
      const n = 37;
      const [x, dy] = [numbers(n, 1).map((value) => 5 * value), numbers(n, 2)];
      const [y, dx] = [bits(activate(kind, x)), bits(gradient(kind, x, dy))];
      for (let cut = 1; cut < n; cut++) {
        floats.fill(UNTOUCHED, Y, Y + n);
        floats.fill(UNTOUCHED, DX, DX + n);
        for (const [from, count] of [
          [0, cut],
          [cut, n - cut],
        ] as const) {
          const at = (base: number): number => (base + from) * 4;
          kernels.activate(code, at(X), at(Y), count, alpha);
          kernels.activateGradient(code, fromX ? at(X) : 0, fromX ? 0 : at(Y), at(DY), at(DX), count, alpha);
        }
        expect(bits(read(Y, n))).toEqual(y);
        expect(bits(read(DX, n))).toEqual(dx);
      }
    });
  });

  it.each([
    ['relu', 0, 0],
    ['relu6', 0, 0],
    ['relu6', 6, 0],
    ['leakyRelu', 0, ALPHA],
    ['elu, alpha 0.3', 0, 1],
    ['selu', 0, Math.fround(SELU_SCALE)],
    ['hardSigmoid', -2.5, Math.fround(0.2)],
    ['hardSigmoid', 2.5, Math.fround(0.2)],
  ])('the derivative of %s at %d is %d', (name, x, slope) => {
    const kind = KINDS[name];
    if (kind === undefined) throw new RangeError(name);
    expect([...gradient(kind, [x], [1])]).toEqual([slope]);
  });

  it.each(['swish', 'mish', 'gelu', 'gelu_new'])('the derivative of %s is 1 at ∞ and 0 at -∞', (name) => {
    const kind = KINDS[name];
    if (kind === undefined) throw new RangeError(name);
    const [above = NaN, below = NaN] = gradient(kind, [Infinity, -Infinity], [1, 1]);
    expect(above).toBe(1);
    expect(Math.abs(below)).toBeLessThan(TINY);
  });

  describe('softmax', () => {
    const ROWS = 3;

    function softmax(size: number, x: ArrayLike<number>): Float32Array {
      floats.fill(UNTOUCHED, Y, Y + x.length + 8);
      kernels.softmax(x.length / size, size, place(X, x), Y * 4);
      return read(Y, x.length);
    }

    function softmaxGradient(size: number, x: ArrayLike<number>, dy: ArrayLike<number>): Float32Array {
      softmax(size, x);
      floats.fill(UNTOUCHED, DX, DX + x.length + 8);
      kernels.softmaxGradient(x.length / size, size, Y * 4, place(DY, dy), DX * 4);
      return read(DX, x.length);
    }

    function exact(x: readonly number[]): number[] {
      const most = Math.max(...x);
      const e = x.map((value) => Math.exp(value - most));
      const sum = e.reduce((a, b) => a + b);
      return e.map((value) => value / sum);
    }

    function rowsOf<T>(size: number, all: readonly T[]): T[][] {
      return Array.from({ length: all.length / size }, (_, row) => all.slice(row * size, (row + 1) * size));
    }

    it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1000])('and its gradient over %d numbers are those of float64', (size) => {
      const x = Float32Array.from(numbers(ROWS * size, size), (value) => 20 * value);
      const dy = Float32Array.from(numbers(ROWS * size, size + 1));
      const rows = rowsOf(size, [...x]).map(exact);
      const y = rows.flat();
      const dx = rowsOf(size, [...dy]).flatMap((row, r) => {
        const p = rows[r] ?? [];
        const mean = dot(row, p);
        return row.map((value, i) => (p[i] ?? NaN) * (value - mean));
      });
      const allowed = (): number => SOFTMAX_TOLERANCE;
      expect(worst(softmax(size, x), x, (_, i) => y[i] ?? NaN, allowed).error).toBeLessThanOrEqual(1);
      expect(worst(softmaxGradient(size, x, dy), x, (_, i) => dx[i] ?? NaN, allowed).error).toBeLessThanOrEqual(1);
      expect(floats[Y + x.length]).toBe(UNTOUCHED);
      expect(floats[DX + x.length]).toBe(UNTOUCHED);
    });

    it('does not overflow', () => {
      expect([...softmax(3, [1e4, 0, -1e4, 3e38, -3e38, 3e38, -1e38, -1e38, -1e38])]).toEqual(
        [1, 0, 0, 0.5, 0, 0.5, 1 / 3, 1 / 3, 1 / 3].map(Math.fround),
      );
    });

    it('gives -∞ no part, and NaN the whole row', () => {
      expect([...softmax(5, [0, -Infinity, 0, 0, 0, 0, 1, NaN, 3, 4])]).toEqual([
        ...[0.25, 0, 0.25, 0.25, 0.25],
        ...[NaN, NaN, NaN, NaN, NaN],
      ]);
    });

    it('gives the same bits in place, and for each row alone', () => {
      for (const size of SIZES.slice(1)) {
        const [x, dy] = [numbers(ROWS * size, size), numbers(ROWS * size, size + 1)];
        const [y, dx] = [bits(softmax(size, x)), bits(softmaxGradient(size, x, dy))];
        floats.fill(UNTOUCHED, X, X + 64);
        kernels.softmax(ROWS, size, place(X, x), X * 4);
        expect(bits(read(X, ROWS * size))).toEqual(y);
        expect(floats[X + ROWS * size]).toBe(UNTOUCHED);
        for (let row = 0; row < ROWS; row++) {
          const at = (base: number): number => (base + row * size) * 4;
          kernels.softmaxGradient(1, size, at(Y), at(DY), at(DY));
        }
        expect(bits(read(DY, ROWS * size))).toEqual(dx);
        place(X, x);
        floats.fill(UNTOUCHED, Y, Y + ROWS * size);
        for (let row = 0; row < ROWS; row++) kernels.softmax(1, size, (X + row * size) * 4, (Y + row * size) * 4);
        expect(bits(read(Y, ROWS * size))).toEqual(y);
      }
    });
  });
});
