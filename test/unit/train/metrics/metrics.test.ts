import { describe, expect, it } from 'vitest';
import type { Shape } from '../../../../src/protocol/plan.js';
import { sizeOf } from '../../../../src/protocol/shape.js';
import { accuracy } from '../../../../src/train/metrics/index.js';
import type { MetricBatch } from '../../../../src/train/metrics/metric.js';
import { kerasValues } from '../../../reference/kerasValues.js';

/** Digits after the point: Keras's mean is a float32. */
const DIGITS = 6;

/** The metric of one batch. */
function accuracyOf(targetShape: Shape, outputShape: Shape, batch: Pick<MetricBatch, 'target' | 'y' | 'rows'>): number {
  const metric = accuracy.definition.resolve({ targetShape, outputShape }, {});
  const sums = new Float64Array(metric.sums);
  metric.update({ ...batch, size: sizeOf(outputShape), width: outputShape.at(-1) ?? 1 }, sums);
  return metric.result(sums, batch.rows);
}

describe('accuracy', () => {
  it.each(kerasValues.accuracy)('has the value of Keras 3: $name', (recorded) => {
    const { targetShape, shape, rows, value } = recorded;
    const [target, y] = [Float32Array.from(recorded.target), Float32Array.from(recorded.y)];
    expect(accuracyOf(targetShape, shape, { target, y, rows })).toBeCloseTo(value, DIGITS);
  });

  it('counts no row beyond the batch', () => {
    const [target, y] = [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 1, 0, 1, 0)];
    expect(accuracyOf([], [2], { target, y, rows: 2 })).toBe(1);
  });

  it('counts NaN as below the threshold, as Keras does', () => {
    const [target, y] = [Float32Array.of(1, 0), Float32Array.of(NaN, NaN)];
    expect(accuracyOf([1], [1], { target, y, rows: 2 })).toBe(0.5);
  });
});
