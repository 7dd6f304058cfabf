import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gather, rowWidth } from '../../../src/data/batch.js';
import type { SharedArray } from '../../../src/protocol/data.js';

type Values = SharedArray['values'];
const shared = {
  uint8: (numbers: readonly number[]): Values => {
    const values = new Uint8Array(new SharedArrayBuffer(numbers.length));
    values.set(numbers);
    return values;
  },
  int32: (numbers: readonly number[]): Values => {
    const values = new Int32Array(new SharedArrayBuffer(4 * numbers.length));
    values.set(numbers);
    return values;
  },
  float32: (numbers: readonly number[]): Values => {
    const values = new Float32Array(new SharedArrayBuffer(4 * numbers.length));
    values.set(numbers);
    return values;
  },
};

/** What a batch is, said as plainly as can be. */
function naive(source: SharedArray, order: Uint32Array | null, start: number, rows: number): number[] {
  const samples = order === null ? Array.from({ length: source.samples }, (_, i) => i) : [...order];
  const width = source.values.length / source.samples;
  return samples.slice(start, start + rows).flatMap((sample) => {
    const row = [...source.values].slice(sample * width, (sample + 1) * width).map((value) => value * source.scale);
    const { oneHot } = source;
    return oneHot === null ? row.map(Math.fround) : Array.from({ length: oneHot }, (_, k) => (k === row[0] ? 1 : 0));
  });
}

const numbers = {
  uint8: fc.integer({ min: 0, max: 255 }),
  int32: fc.integer(),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
};

const source = fc
  .record({
    dtype: fc.constantFrom('uint8', 'int32', 'float32'),
    samples: fc.integer({ min: 1, max: 12 }),
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    scale: fc.constantFrom(1, 1 / 255, -2),
  })
  .chain(({ dtype, samples, shape, scale }) => {
    const length = samples * shape.reduce((product, size) => product * size, 1);
    return fc
      .array(numbers[dtype], { minLength: length, maxLength: length })
      .map((drawn): SharedArray => ({ values: shared[dtype](drawn), samples, shape, scale, oneHot: null }));
  });

const labels = fc
  .record({ dtype: fc.constantFrom('uint8', 'int32', 'float32'), classes: fc.integer({ min: 1, max: 11 }) })
  .chain(({ dtype, classes }) =>
    fc.array(fc.integer({ min: 0, max: classes - 1 }), { minLength: 1, maxLength: 12 }).map((drawn): SharedArray => ({
      values: shared[dtype](drawn),
      samples: drawn.length,
      shape: [],
      scale: 1,
      oneHot: classes,
    })),
  );

/** A batch of a source: somewhere in it, as it lies or in an order (with repetitions). */
const batch = fc
  .oneof(source, labels)
  .chain((from) =>
    fc.record({
      from: fc.constant(from),
      order: fc.option(
        fc
          .array(fc.nat({ max: from.samples - 1 }), { minLength: 1, maxLength: 15 })
          .map((indices) => Uint32Array.from(indices)),
      ),
      ends: fc.tuple(fc.nat(), fc.nat()),
    }),
  )
  .map(({ from, order, ends }) => {
    const [a, b] = ends.map((end) => end % ((order?.length ?? from.samples) + 1)) as [number, number];
    return { from, order, start: Math.min(a, b), rows: Math.abs(a - b) };
  });

describe('gather', () => {
  it('writes what the naive reference writes, and nothing beyond', () => {
    fc.assert(
      fc.property(batch, ({ from, order, start, rows }) => {
        const size = rows * rowWidth(from);
        const out = new Float32Array(size + 3).fill(7);
        gather(from, order, start, rows, out);
        expect([...out.subarray(0, size)]).toEqual(naive(from, order, start, rows));
        expect([...out.subarray(size)]).toEqual([7, 7, 7]);
      }),
      { numRuns: 500 },
    );
  });

  it('makes of bytes with scale 1/255 the nearest float32 of byte / 255', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    const out = new Float32Array(256);
    gather({ values: shared.uint8(bytes), samples: 1, shape: [256], scale: 1 / 255, oneHot: null }, null, 0, 1, out);
    expect([...out]).toEqual(bytes.map((byte) => Math.fround(byte / 255)));
  });

  const four: SharedArray = { values: shared.uint8([1, 2, 3, 4]), samples: 4, shape: [], scale: 1, oneHot: null };
  it.each([
    ['past the data', null, 3, 2, 2],
    ['past the order', Uint32Array.of(0, 1), 1, 2, 2],
    ['before the data', null, -1, 2, 2],
    ['into too little memory', null, 0, 3, 2],
  ])('refuses a batch %s', (_, order, start, rows, length) => {
    expect(() => {
      gather(four, order, start, rows, new Float32Array(length));
    }).toThrow(RangeError);
  });
});

describe('rowWidth', () => {
  it.each([
    [[28, 28, 1], null, 784],
    [[], null, 1],
    [[], 10, 10],
    [[1], 10, 10],
  ])('of shape %j, oneHot %j is %d', (shape, oneHot, width) => {
    expect(rowWidth({ values: shared.uint8([0]), samples: 1, shape, scale: 1, oneHot })).toBe(width);
  });
});
