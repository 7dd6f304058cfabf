import { describe, expect, it } from 'vitest';
import { checkLabels } from '../../../src/data/check.js';
import { toShared } from '../../../src/data/value.js';
import type { SharedArray } from '../../../src/protocol/data.js';

const floats = (...numbers: number[]): SharedArray =>
  toShared({ data: Float32Array.from(numbers), shape: [numbers.length] }, { end: 'y', role: 'target' });

describe('checkLabels', () => {
  it('takes all class indices', () => {
    expect(() => {
      checkLabels(floats(0, 2, 1, 2), 3, 'y');
    }).not.toThrow();
  });

  it.each([
    ['too large', floats(0, 3, 4), '3 in sample 1'],
    ['negative', floats(0, 1, -1), '-1 in sample 2'],
    ['not an integer', floats(0.5, 7), '0.5 in sample 0'],
    ['too large once scaled', { ...floats(1, 2), scale: 2 }, '4 in sample 1'],
    ['the second of a sample', { ...floats(0, 0, 0, 9), samples: 2, shape: [2] }, '9 in sample 1'],
  ])('refuses a label that is %s, naming the sample', (_, source, received) => {
    expect(() => {
      checkLabels(source, 3, 'combined');
    }).toThrow(
      expect.objectContaining({
        code: 'LABEL_OUT_OF_RANGE',
        message: expect.stringMatching(`"combined".*integers from 0 to 2\\. Received: ${received}`) as string,
      }) as Error,
    );
  });
});
