import type { Metric } from './metric.js';
import { argMax } from './argMax.js';

/**
 * How often an output is right. Which of the three kinds it is follows from the shapes alone, whatever the loss, as in Keras 3
 * (`get_metric` in keras/src/trainers/compile_utils.py). A sample's value is the mean over its positions.
 */
export const accuracy: Metric = {
  name: 'accuracy',
  resolve(targetShape, outputShape) {
    const width = outputShape.at(-1) ?? 1;
    if (width === 1) return binaryAccuracy;
    const sparse = targetShape.length < outputShape.length || targetShape.at(-1) === 1;
    return sparse ? sparseCategoricalAccuracy : categoricalAccuracy;
  },
};

/** [y > ½] = t, a mean over elements. */
function binaryAccuracy(target: Float32Array, y: Float32Array, rows: number, size: number): number {
  let right = 0;
  for (let i = 0; i < rows * size; i++) if (((y[i] ?? 0) > 0.5 ? 1 : 0) === target[i]) right++;
  return right / size;
}

/** argmax y = argmax t, a mean over positions. */
function categoricalAccuracy(target: Float32Array, y: Float32Array, rows: number, size: number, width: number): number {
  let right = 0;
  for (let start = 0; start < rows * size; start += width) {
    if (argMax(y, start, width) === argMax(target, start, width)) right++;
  }
  return (right * width) / size;
}

/** argmax y = t, a mean over positions. */
function sparseCategoricalAccuracy(
  target: Float32Array,
  y: Float32Array,
  rows: number,
  size: number,
  width: number,
): number {
  const positions = (rows * size) / width;
  let right = 0;
  for (let position = 0; position < positions; position++) {
    if (argMax(y, position * width, width) === target[position]) right++;
  }
  return (right * width) / size;
}
