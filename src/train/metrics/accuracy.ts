import { argMax } from './argMax.js';
import { defineMetric, meanOverSamples, type MetricBatch } from './metric.js';

/**
 * The fraction of correct outputs. The shapes decide between binary, categorical and sparse accuracy, independent of the loss, as in
 * Keras 3 (`get_metric` in keras/src/trainers/compile_utils.py). A sample's value is the mean over its positions.
 */
export const accuracy = defineMetric({
  name: 'accuracy',
  summary:
    'The fraction of correct outputs: binary, categorical or sparse, depending on the shapes of output and target.',
  options: {},
  better: 'higher',
  resolve({ targetShape, outputShape }) {
    const width = outputShape.at(-1) ?? 1;
    if (width === 1) return meanOverSamples(binaryAccuracy);
    const isSparse = targetShape.length < outputShape.length || targetShape.at(-1) === 1;
    return meanOverSamples(isSparse ? sparseCategoricalAccuracy : categoricalAccuracy);
  },
});

/** The mean of [y > ½] = t over elements. */
function binaryAccuracy({ target, y, rows, size }: MetricBatch): number {
  let right = 0;
  for (let i = 0; i < rows * size; i++) if (((y[i] ?? 0) > 0.5 ? 1 : 0) === target[i]) right++;
  return right / size;
}

/** The mean of argmax y = argmax t over positions. */
function categoricalAccuracy({ target, y, rows, size, width }: MetricBatch): number {
  let right = 0;
  for (let start = 0; start < rows * size; start += width) {
    if (argMax(y, start, width) === argMax(target, start, width)) right++;
  }
  return (right * width) / size;
}

/** The mean of argmax y = t over positions. */
function sparseCategoricalAccuracy({ target, y, rows, size, width }: MetricBatch): number {
  const positions = (rows * size) / width;
  let right = 0;
  for (let position = 0; position < positions; position++) {
    if (argMax(y, position * width, width) === target[position]) right++;
  }
  return (right * width) / size;
}
