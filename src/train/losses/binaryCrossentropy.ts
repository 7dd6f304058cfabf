import { clip, clipSlope } from './clip.js';
import { defineLoss, type LossBatch } from './loss.js';

/**
 * The mean of −t · log p − (1 − t) · log(1 − p) over all elements. The targets t are from 0 to 1.
 *
 * From outputs, p = clip(y). From logits, p = σ(z) without clipping.
 * As Keras 3: `binary_crossentropy` in keras/src/backend/tensorflow/nn.py.
 */
export const binaryCrossentropy = defineLoss({
  name: 'binaryCrossentropy',
  summary: 'The cross-entropy of each element, for targets from 0 to 1.',
  options: {},
  labels: 'values',
  overClasses: false,
  fromOutputs,
  fromLogits: { softmax: fromLogits, sigmoid: fromLogits },
});

function fromOutputs({ target, y, dy, rows, size, scale }: LossBatch): number {
  const factor = scale / size;
  let loss = 0;
  for (let i = 0; i < rows * size; i++) {
    const t = target[i] ?? 0;
    const p = clip(y[i] ?? 0);
    loss -= t * Math.log(p) + (1 - t) * Math.log(1 - p);
    if (dy !== null) dy[i] = factor * clipSlope(y[i] ?? 0) * ((1 - t) / (1 - p) - t / p);
  }
  return loss / size;
}

/** max(z, 0) − z · t + log(1 + e^−|z|), so that the exponential can't overflow. The gradient is σ(z) − t. */
function fromLogits({ target, y: logits, dy, rows, size, scale }: LossBatch): number {
  const factor = scale / size;
  let loss = 0;
  for (let i = 0; i < rows * size; i++) {
    const t = target[i] ?? 0;
    const z = logits[i] ?? 0;
    loss += Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z)));
    if (dy !== null) dy[i] = factor * (1 / (1 + Math.exp(-z)) - t);
  }
  return loss / size;
}
