import { describe, expect, it } from 'vitest';
import { addressOf, NOWHERE, type Address } from '../../../../../src/engines/wasm/address.js';
import { ACTIVATIONS, type ActivationFunction } from '../../../../reference/activations.js';
import { dot, numbers } from '../../../../reference/numeric.js';
import { builds } from './harness.js';

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
const SELU_SCALE = Math.fround(1.0507009873554805);
interface Kind extends ActivationFunction {
  /** The kernel's `alpha`; NaN where it is to ignore it. */
  readonly alpha: number;
  /** f(∞) and f(−∞) of TensorFlow.js, where f has others. */
  readonly infinities?: readonly [number, number];
  /** What the error is relative to, where that is not f(x). */
  readonly scale?: (x: number) => number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(Object.entries(ACTIVATIONS).map(([name, activation]) => [name, { ...activation, alpha: NaN }])),
  relu: { ...ACTIVATIONS.relu, alpha: 1 },
  leakyRelu: { ...ACTIVATIONS.leakyRelu, alpha: ALPHA },
  'leakyRelu, alpha 0': { ...ACTIVATIONS.leakyRelu, alpha: 0, infinities: [Infinity, NaN] },
  elu: { ...ACTIVATIONS.elu, alpha: 1 },
  'elu, alpha 0.3': { ...ACTIVATIONS.elu, alpha: ALPHA },
  hardSigmoid: { ...ACTIVATIONS.hardSigmoid, alpha: NaN, scale: () => 1 },
  gelu: { ...ACTIVATIONS.gelu, alpha: NaN, scale: Math.abs },
  geluNew: { ...ACTIVATIONS.geluNew, alpha: NaN, scale: Math.abs },
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

/** Address of a float32 number. */
function addressOfFloat(at: number): Address {
  return addressOf(at * 4);
}

function place(at: number, values: ArrayLike<number>): Address {
  floats.set(values, at);
  return addressOfFloat(at);
}
/** Places for arrays, as numbers of float32. */
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
    // NaN is wrong, but a comparison with it never holds.
    if (!(error <= found.error)) found = { error: Number.isNaN(error) ? Infinity : error, x: at };
  });
  return found;
}

describe.each(builds(memory))('kernels of the %s build', (_, kernels) => {
  function activate({ code, alpha }: Kind, x: ArrayLike<number>): Float32Array {
    floats.fill(UNTOUCHED, Y, Y + x.length);
    kernels.activate(code, place(X, x), addressOfFloat(Y), x.length, alpha);
    return read(Y, x.length);
  }

  /** Places of x and of y from number `from` on. The one that the kernel does not need is NOWHERE. */
  function operands({ slopeOfValue }: Kind, from = 0): [Address, Address] {
    return slopeOfValue === undefined ? [addressOfFloat(X + from), NOWHERE] : [NOWHERE, addressOfFloat(Y + from)];
  }

  /** The gradient, from the kernel's own y. */
  function gradient(kind: Kind, x: ArrayLike<number>, dy: ArrayLike<number>): Float32Array {
    activate(kind, x);
    const { code, alpha } = kind;
    kernels.activateGradient(code, ...operands(kind), place(DY, dy), addressOfFloat(DX), x.length, alpha);
    return read(DX, x.length);
  }

  describe.each(Object.entries(KINDS))('%s', (_, kind) => {
    it('is that of float64', () => {
      const { error, x } = worst(
        activate(kind, GRID),
        GRID,
        (x) => kind.f(x, kind.alpha),
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
        (x, i) => (dy[i] ?? NaN) * kind.slope(x, kind.alpha),
        (_, x) => SLOPE_TOLERANCE * Math.max(1, Math.abs(kind.slope(x, kind.alpha))),
      );
      expect(error, `at ${x}`).toBeLessThanOrEqual(1);
    });

    it('has the values of TensorFlow.js at ±∞, and NaN stays NaN', () => {
      const [above, below] = kind.infinities ?? [kind.f(Infinity, kind.alpha), kind.f(-Infinity, kind.alpha)];
      expect([...activate(kind, [Infinity, -Infinity, NaN])]).toEqual([Math.fround(above), Math.fround(below), NaN]);
    });

    it('changes nothing behind the end, in place as elsewhere', () => {
      const { code, alpha } = kind;
      for (const n of SIZES) {
        const [x, dy] = [numbers(n, n), numbers(n, n + 20)];
        const [y, dx] = [activate(kind, x), gradient(kind, x, dy)];
        floats.fill(UNTOUCHED, X, X + 64);
        kernels.activate(code, place(X, x), addressOfFloat(X), n, alpha);
        expect([...read(X, n + 8)]).toEqual([...y, ...Array<number>(8).fill(UNTOUCHED)]);
        place(X, x);
        floats.fill(UNTOUCHED, DY, DY + 64);
        kernels.activateGradient(code, ...operands(kind), place(DY, dy), addressOfFloat(DY), n, alpha);
        expect([...read(DY, n + 8)]).toEqual([...dx, ...Array<number>(8).fill(UNTOUCHED)]);
      }
    });

    it('gives the same bits wherever the array is cut', () => {
      const { code, alpha } = kind;
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
          const at = (base: number): Address => addressOfFloat(base + from);
          kernels.activate(code, at(X), at(Y), count, alpha);
          kernels.activateGradient(code, ...operands(kind, from), at(DY), at(DX), count, alpha);
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
    ['selu', 0, SELU_SCALE],
    ['hardSigmoid', -2.5, Math.fround(0.2)],
    ['hardSigmoid', 2.5, Math.fround(0.2)],
  ])('the derivative of %s at %d is %d', (name, x, slope) => {
    const kind = KINDS[name];
    if (kind === undefined) throw new RangeError(name);
    expect([...gradient(kind, [x], [1])]).toEqual([slope]);
  });

  it.each(['swish', 'mish', 'gelu', 'geluNew'])('the derivative of %s is 1 at ∞ and 0 at -∞', (name) => {
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
      kernels.softmax(x.length / size, size, place(X, x), addressOfFloat(Y));
      return read(Y, x.length);
    }

    function softmaxGradient(size: number, x: ArrayLike<number>, dy: ArrayLike<number>): Float32Array {
      softmax(size, x);
      floats.fill(UNTOUCHED, DX, DX + x.length + 8);
      kernels.softmaxGradient(x.length / size, size, addressOfFloat(Y), place(DY, dy), addressOfFloat(DX));
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
        kernels.softmax(ROWS, size, place(X, x), addressOfFloat(X));
        expect(bits(read(X, ROWS * size))).toEqual(y);
        expect(floats[X + ROWS * size]).toBe(UNTOUCHED);
        for (let row = 0; row < ROWS; row++) {
          const at = (base: number): Address => addressOfFloat(base + row * size);
          kernels.softmaxGradient(1, size, at(Y), at(DY), at(DY));
        }
        expect(bits(read(DY, ROWS * size))).toEqual(dx);
        place(X, x);
        floats.fill(UNTOUCHED, Y, Y + ROWS * size);
        for (let row = 0; row < ROWS; row++) {
          kernels.softmax(1, size, addressOfFloat(X + row * size), addressOfFloat(Y + row * size));
        }
        expect(bits(read(Y, ROWS * size))).toEqual(y);
      }
    });
  });
});
