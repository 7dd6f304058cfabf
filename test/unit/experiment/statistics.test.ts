import { describe, expect, it } from 'vitest';
import { interval, pairedInterval } from '../../../src/experiment/statistics.js';

/** Student's t, 97.5 %, from the table in NIST's e-Handbook of Statistical Methods, 1.3.6.7.2. */
const T = { 1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262 } as const;
/** The table has three decimals. */
const TABLE = 3e-4;

describe('interval', () => {
  it.each(Object.entries(T))('has the half width t · s / √n with %s degrees of freedom', (freedom, t) => {
    const n = Number(freedom) + 1;
    // 0, 1, 0, 1, ... of which s is known.
    const values = Array.from({ length: n }, (_, i) => i % 2);
    const ones = Math.floor(n / 2);
    const mean = ones / n;
    const s = Math.sqrt((ones * (1 - mean) ** 2 + (n - ones) * mean ** 2) / (n - 1));
    const { low, high, ...rest } = interval(values);
    expect(rest).toEqual({ n, mean });
    const half = (t * s) / Math.sqrt(n);
    expect(Math.abs((high ?? NaN) - mean - half) / half).toBeLessThan(TABLE);
    expect(mean - (low ?? NaN)).toBeCloseTo((high ?? NaN) - mean, 12);
  });

  it('has no limits for a single value', () => {
    expect(interval([0.5])).toEqual({ n: 1, mean: 0.5, low: null, high: null });
  });
});

describe('pairedInterval', () => {
  it('compares the seeds that both have, whatever else they have', () => {
    const values = new Map([
      [1, 0.9],
      [2, 0.8],
      [3, 0.1],
    ]);
    const references = new Map([
      [4, 0.7],
      [2, 0.7],
      [1, 0.8],
    ]);
    const { n, mean, low, high } = pairedInterval(values, references) ?? {};
    expect(n).toBe(2);
    expect(mean).toBeCloseTo(0.1, 12);
    // Equal differences have no spread.
    expect(low).toBeCloseTo(0.1, 12);
    expect(high).toBeCloseTo(0.1, 12);
  });

  it('is nothing where there is no common seed', () => {
    expect(pairedInterval(new Map([[1, 1]]), new Map([[2, 1]]))).toBeNull();
  });
});
