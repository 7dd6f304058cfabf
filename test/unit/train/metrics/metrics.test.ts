import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../../src/protocol/shape.js';
import { metrics } from '../../../../src/train/metrics/index.js';
import { kerasValues } from '../../../reference/kerasValues.js';

/** Digits after the point: Keras's mean is a float32. */
const DIGITS = 6;

describe('accuracy', () => {
  it.each(kerasValues.accuracy)('has the value of Keras 3: $name', (recorded) => {
    const { targetShape, shape, rows, value } = recorded;
    const accuracy = metrics.accuracy.resolve(targetShape, shape);
    const [target, y] = [Float32Array.from(recorded.target), Float32Array.from(recorded.y)];
    expect(accuracy(target, y, rows, sizeOf(shape), shape.at(-1) ?? 1) / rows).toBeCloseTo(value, DIGITS);
  });

  it('counts no row beyond the batch', () => {
    const accuracy = metrics.accuracy.resolve([], [2]);
    expect(accuracy(Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 1, 0, 1, 0), 2, 2, 2)).toBe(2);
  });

  it('counts NaN as below the threshold, as Keras does', () => {
    const binary = metrics.accuracy.resolve([1], [1]);
    expect(binary(Float32Array.of(1, 0), Float32Array.of(NaN, NaN), 2, 1, 1)).toBe(1);
  });
});
