import { decay, positive } from '../../registry/options.js';
import { defineOptimizer, learningRate } from './optimizer.js';

/** Options of {@link adam}. */
export type AdamOptions = NonNullable<Parameters<typeof adam>[0]>;

/**
 * Gradient descent with moving averages of the gradient and its square. Results and defaults are those of Keras 3.
 *
 * m ← m + (1 − β₁)(g − m), v ← v + (1 − β₂)(g² − v), w ← w − α m / (√v + ε), where α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ) corrects the bias of both
 * averages at step t = 1, 2, …: Kingma and Ba (2015), https://arxiv.org/abs/1412.6980. This is the form before section 2.1; its ε is not the ε
 * of algorithm 1. As written in keras/src/optimizers/adam.py.
 * @throws EnsembleError `INVALID_OPTION`
 */
export const adam = defineOptimizer({
  name: 'adam',
  summary: 'Gradient descent with moving averages of the gradient and its square.',
  options: {
    /** > 0, or a schedule. @defaultValue 0.001 */
    learningRate: learningRate(0.001),
    /** Decay of the moving average of gradients, from 0 to below 1. @defaultValue 0.9 */
    beta1: decay(0.9, 'Decay of the moving average of gradients.'),
    /** Decay of the moving average of squared gradients, from 0 to below 1. @defaultValue 0.999 */
    beta2: decay(0.999, 'Decay of the moving average of squared gradients.'),
    /** Added to the root of the average ("epsilon hat" in the paper), > 0. @defaultValue 1e-7 */
    epsilon: positive(1e-7, 'Added to the root of the average ("epsilon hat" in the paper).'),
  },
  slots: () => ({ mean: true, square: true }),
  coefficients({ beta1, beta2, epsilon }, rate, iteration) {
    const step = iteration + 1;
    return {
      alpha: (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step),
      oneMinusBeta1: 1 - beta1,
      oneMinusBeta2: 1 - beta2,
      epsilon,
      /** Factor of a weight before the step. AdamW uses it for weight decay. */
      kept: 1,
    };
  },
  update(weights, gradients, slots, { alpha, oneMinusBeta1, oneMinusBeta2, epsilon, kept }) {
    const { mean: means, square: squares } = slots;
    for (let i = 0; i < weights.length; i++) {
      const gradient = gradients[i] ?? 0;
      const mean = (means[i] ?? 0) + oneMinusBeta1 * (gradient - (means[i] ?? 0));
      const square = (squares[i] ?? 0) + oneMinusBeta2 * (gradient * gradient - (squares[i] ?? 0));
      means[i] = mean;
      squares[i] = square;
      weights[i] = kept * (weights[i] ?? 0) - (alpha * mean) / (Math.sqrt(square) + epsilon);
    }
  },
  kernel: 'adam',
});
