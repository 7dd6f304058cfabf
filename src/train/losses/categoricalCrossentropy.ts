import { clip, clipSlope } from './clip.js';
import { logSumExp } from './logSumExp.js';
import { defineLoss, type LossBatch } from './loss.js';

/**
 * −Σ_j t_j · log p_j over the last dimension. The targets t are one-hot or probabilities.
 *
 * From outputs, p = clip(y / Σ_j y_j); the gradient goes through the clipping and the division. From logits, p = softmax(z) without clipping.
 * As Keras 3: `categorical_crossentropy` in keras/src/backend/tensorflow/nn.py.
 */
export const categoricalCrossentropy = defineLoss({
  name: 'categoricalCrossentropy',
  summary: 'The cross-entropy over the last dimension, for targets that are one-hot, probabilities or class indices.',
  options: {},
  labels: 'values',
  overClasses: true,
  fromOutputs,
  fromLogits: { softmax: fromLogits, sigmoid: fromLogits },
});

function fromOutputs({ target, y, dy, rows, size, width, scale }: LossBatch): number {
  const positions = size / width;
  const factor = scale / positions;
  let loss = 0;
  for (let start = 0; start < rows * size; start += width) {
    let sum = 0;
    for (let j = start; j < start + width; j++) sum += y[j] ?? 0;
    // With q = y / sum: dL/dy_j = (dL/dq_j − Σ_k dL/dq_k · q_k) / sum.
    let inner = 0;
    for (let j = start; j < start + width; j++) {
      const q = (y[j] ?? 0) / sum;
      const t = target[j] ?? 0;
      loss -= t * Math.log(clip(q));
      inner += slopeOf(t, q) * q;
    }
    if (dy === null) continue;
    for (let j = start; j < start + width; j++) {
      const slope = slopeOf(target[j] ?? 0, (y[j] ?? 0) / sum);
      dy[j] = (factor * (slope - inner)) / sum;
    }
  }
  return loss / positions;
}

/** ∂/∂q of −t · log clip(q) */
function slopeOf(t: number, q: number): number {
  return (-t * clipSlope(q)) / clip(q);
}

/** −Σ_j t_j · (z_j − logSumExp(z)). The gradient is softmax(z) − t, as in TensorFlow. It assumes Σ_j t_j = 1. */
function fromLogits({ target, y: z, dy, rows, size, width, scale }: LossBatch): number {
  const positions = size / width;
  const factor = scale / positions;
  let loss = 0;
  for (let start = 0; start < rows * size; start += width) {
    const logSum = logSumExp(z, start, width);
    for (let j = start; j < start + width; j++) {
      const logP = (z[j] ?? 0) - logSum;
      const t = target[j] ?? 0;
      loss -= t * logP;
      if (dy !== null) dy[j] = factor * (Math.exp(logP) - t);
    }
  }
  return loss / positions;
}
