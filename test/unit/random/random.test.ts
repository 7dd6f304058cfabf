import { describe, expect, it } from 'vitest';
import { dropoutMask, normalNoise } from '../../../src/random/noise.js';
import { shuffledOrder } from '../../../src/random/order.js';
import { deriveKey, philox4x32 } from '../../../src/random/philox.js';

const KEY = deriveKey(1, 'noise', 'cnn1', 'dropout');

function mask(
  rate: number,
  place: Partial<{ iteration: number; firstRow: number; rows: number; size: number }> = {},
): Float32Array {
  const { iteration = 0, firstRow = 0, rows = 64, size = 4900 } = place;
  const out = new Float32Array(rows * size);
  dropoutMask(out, rate, { key: KEY, iteration, firstRow, rows, size });
  return out;
}

describe('philox4x32', () => {
  // Known answers of the authors' Random123 library (kat_vectors).
  it.each([
    [7, [0, 0, 0, 0], [0, 0], '5f6fb709 0d893f64 4f121f81 4f730a48'],
    [7, Array(4).fill(0xffffffff), [0xffffffff, 0xffffffff], '5207ddc2 45165e59 4d8ee751 8c52f662'],
    [
      7,
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      '4dfccaba 190a87f0 c47362ba b6b5242a',
    ],
    [10, [0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ] as [number, [number, number, number, number], [number, number], string][])(
    'gives the known answer of %i rounds for counter %o and key %o',
    (rounds, counter, key, expected) => {
      const out = new Uint32Array(4);
      philox4x32(...counter, key, out, rounds);
      expect([...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(expected);
    },
  );
});

describe('deriveKey', () => {
  it('tells streams apart by seed and by every part', () => {
    const keys = [
      deriveKey(1, 'a', 'b'),
      deriveKey(2, 'a', 'b'),
      deriveKey(1, 'ab'),
      deriveKey(1, 'a', 'c'),
      deriveKey(1, 'a,b'),
    ];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
    expect(deriveKey(1, 'a', 'b')).toEqual(deriveKey(1, 'a', 'b'));
  });
});

describe('dropoutMask', () => {
  /** Standard deviations that a count may be away from its mean; one run in ten million is. */
  const SIGMAS = 5.5;

  it.each([0.1, 0.3, 0.5, 0.9])('drops a share of %d and scales the rest', (rate) => {
    const values = mask(rate);
    const dropped = values.filter((value) => value === 0).length;
    const n = values.length;
    expect(Math.abs(dropped - n * rate)).toBeLessThan(SIGMAS * Math.sqrt(n * rate * (1 - rate)));
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
  });

  it('does not depend on how rows are cut', () => {
    const whole = mask(0.3, { rows: 5, size: 77 });
    const parts = [0, 1, 2, 3, 4].map((firstRow) => mask(0.3, { firstRow, rows: 1, size: 77 }));
    expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
  });

  it('is independent between neighbours, rows and iterations', () => {
    const values = mask(0.5);
    const next = mask(0.5, { iteration: 1 });
    const n = values.length;
    const agree = (other: (i: number) => number | undefined): number =>
      values.reduce((count, value, i) => count + (value === other(i) ? 1 : 0), 0);
    for (const other of [
      (i: number) => values[(i + 1) % n],
      (i: number) => values[(i + 4900) % n],
      (i: number) => next[i],
    ]) {
      expect(Math.abs(agree(other) - n / 2)).toBeLessThan((SIGMAS * Math.sqrt(n)) / 2);
    }
  });
});

describe('normalNoise', () => {
  it('has mean 0, variance 1 and the tails of a normal distribution', () => {
    const values = new Float32Array(64 * 4900);
    normalNoise(values, { key: KEY, iteration: 3, firstRow: 0, rows: 64, size: 4900 });
    const n = values.length;
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / n;
    const beyond2 = values.filter((value) => Math.abs(value) > 2).length / n;
    expect(Math.abs(mean)).toBeLessThan(5.5 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(5.5 * Math.sqrt(2 / n));
    expect(beyond2).toBeCloseTo(0.0455, 2);
  });
});

describe('shuffledOrder', () => {
  const shuffled = (seed: number, epoch: number, count = 1000): number[] => {
    const order = new Uint32Array(count);
    shuffledOrder(order, seed, epoch);
    return [...order];
  };

  it('is a permutation that depends on seed, epoch and count alone', () => {
    expect(shuffled(1, 0).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffled(1, 0)).toEqual(shuffled(1, 0));
    for (const other of [shuffled(2, 0), shuffled(1, 1)]) expect(other).not.toEqual(shuffled(1, 0));
    expect(shuffled(1, 0, 999)).not.toEqual(shuffled(1, 0).filter((i) => i !== 999));
  });

  it('puts every sample at every place equally often', () => {
    const runs = 6000;
    const counts = new Float64Array(9);
    for (let seed = 0; seed < runs; seed++) {
      for (const [place, sample] of shuffled(seed, 0, 3).entries())
        counts[place * 3 + sample] = (counts[place * 3 + sample] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - runs / 3)).toBeLessThan(5.5 * Math.sqrt((runs * 2) / 9));
  });
});
