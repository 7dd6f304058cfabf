import { defineLoss, type LossBatch } from './loss.js';

/** The mean of (y − t)² over all elements; ∂(y − t)²/∂y = 2 (y − t). As Keras 3: `mean_squared_error` in keras/src/losses/losses.py. */
export const meanSquaredError = defineLoss({
  name: 'meanSquaredError',
  summary: 'The mean of (y − t)² over all elements.',
  options: {},
  labels: 'values',
  overClasses: false,
  fromOutputs,
});

function fromOutputs({ target, y, dy, rows, size, scale }: LossBatch): number {
  const factor = scale / size;
  let loss = 0;
  for (let i = 0; i < rows * size; i++) {
    const difference = (y[i] ?? 0) - (target[i] ?? 0);
    loss += difference * difference;
    if (dy !== null) dy[i] = factor * 2 * difference;
  }
  return loss / size;
}
