import { clip, clipSlope } from './clip.js';
import { logSumExp } from './logSumExp.js';
import { defineLoss, type LossBatch } from './loss.js';

/**
 * −log p_t over the last dimension. The targets t are class indices, one for each position.
 *
 * From outputs, p = softmax(log clip(y)) = clip(y) / Σ_j clip(y_j). It clips first and normalises then; the categorical loss does it in the
 * other order. From logits, p = softmax(z) without clipping.
 * As Keras 3: `sparse_categorical_crossentropy` in keras/src/backend/tensorflow/nn.py.
 */
export const sparseCategoricalCrossentropy = defineLoss({
  name: 'sparseCategoricalCrossentropy',
  summary: 'The cross-entropy over the last dimension, for targets that are class indices.',
  options: {},
  labels: 'indices',
  overClasses: true,
  fromOutputs,
  fromLogits: { softmax: fromLogits, sigmoid: fromLogits },
});

function fromOutputs({ target, y, dy, rows, size, width, scale }: LossBatch): number {
  const positions = size / width;
  const factor = scale / positions;
  let loss = 0;
  for (let position = 0; position < rows * positions; position++) {
    const start = position * width;
    const label = start + (target[position] ?? 0);
    let sum = 0;
    for (let j = start; j < start + width; j++) sum += clip(y[j] ?? 0);
    loss += Math.log(sum) - Math.log(clip(y[label] ?? NaN));
    if (dy === null) continue;
    // ∂(log Σ c − log c_t)/∂c_j = 1 / Σ c − [j = t] / c_t
    for (let j = start; j < start + width; j++) {
      const p = y[j] ?? 0;
      dy[j] = factor * clipSlope(p) * (1 / sum - (j === label ? 1 / clip(p) : 0));
    }
  }
  return loss / positions;
}

/** logSumExp(z) − z_t; the gradient is softmax(z) − [j = t]. */
function fromLogits({ target, y: z, dy, rows, size, width, scale }: LossBatch): number {
  const positions = size / width;
  const factor = scale / positions;
  let loss = 0;
  for (let position = 0; position < rows * positions; position++) {
    const start = position * width;
    const label = start + (target[position] ?? 0);
    const logSum = logSumExp(z, start, width);
    loss += logSum - (z[label] ?? NaN);
    if (dy === null) continue;
    for (let j = start; j < start + width; j++) {
      dy[j] = factor * (Math.exp((z[j] ?? 0) - logSum) - (j === label ? 1 : 0));
    }
  }
  return loss / positions;
}
