import { describe, expect, it } from 'vitest';
import { compareOutputs } from '../../../src/assemble/parity.js';

const outputs = (...values: number[]) => new Map([['y', Float32Array.from(values)]]);

describe('compareOutputs', () => {
  it('gives the largest difference', () => {
    const { parity, error } = compareOutputs(outputs(1, 2.000001), outputs(1, 2), 2);
    expect(parity).toEqual({ maxAbsDiff: expect.closeTo(1e-6, 6) as number, samples: 2 });
    expect(error).toBeNull();
  });

  it('gives it too where outputs disagree, with an error that says where', () => {
    const { parity, error } = compareOutputs(outputs(1.5, 4), outputs(1, 2), 2);
    expect(parity).toEqual({ maxAbsDiff: 2, samples: 2 });
    expect(error).toMatchObject({ code: 'PARITY', message: expect.stringContaining('1.5 instead of 1') as string });
  });

  it('takes a missing output and NaN for disagreement', () => {
    expect(compareOutputs(new Map(), outputs(1), 1).error?.code).toBe('PARITY');
    expect(compareOutputs(outputs(NaN), outputs(1), 1).error?.code).toBe('PARITY');
  });
});
