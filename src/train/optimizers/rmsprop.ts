import { decay, flag, fraction, positive } from '../../registry/options.js';
import { defineOptimizer, learningRate } from './optimizer.js';

/** Options of {@link rmsprop}. */
export type RmspropOptions = NonNullable<Parameters<typeof rmsprop>[0]>;

/**
 * Divides the gradient by the root of a moving average of its square. Results and defaults are those of Keras 3.
 *
 * v ← ρ v + (1 − ρ) g², a ← ρ a + (1 − ρ) g, s = η g / √(v − a² + ε) (without a² if not centered), m ← μ m + s, w ← w − m:
 * Hinton (2012), http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; centered, Graves (2013),
 * https://arxiv.org/abs/1308.0850; as written in keras/src/optimizers/rmsprop.py.
 * @throws EnsembleError `INVALID_OPTION`
 */
export const rmsprop = defineOptimizer({
  name: 'rmsprop',
  summary: 'Divides the gradient by the root of a moving average of its square.',
  options: {
    /** > 0, or a schedule. @defaultValue 0.001 */
    learningRate: learningRate(0.001),
    /** Decay of the moving average of squared gradients, from 0 to below 1. @defaultValue 0.9 */
    rho: decay(0.9, 'Decay of the moving average of squared gradients.'),
    /** Fraction of the last step that is added to this one, from 0 to 1. @defaultValue 0 */
    momentum: fraction(0, 'Fraction of the last step that is added to this one.'),
    /** Added to the average under the root, > 0. @defaultValue 1e-7 */
    epsilon: positive(1e-7, 'Added to the average under the root.'),
    /** Divides by the root of the gradients' variance, not of their mean square. @defaultValue false */
    centered: flag(false, "Divides by the root of the gradients' variance, not of their mean square."),
  },
  slots: ({ momentum, centered }) => ({ square: true, momentum: momentum > 0, average: centered }),
  coefficients: ({ rho, momentum, epsilon }, rate) => ({ rate, rho, oneMinusRho: 1 - rho, momentum, epsilon }),
  update(weights, gradients, slots, { rate, rho, oneMinusRho, momentum, epsilon }) {
    const { square: squares, momentum: momenta, average: averages } = slots;
    for (let i = 0; i < weights.length; i++) {
      const gradient = gradients[i] ?? 0;
      const square = rho * (squares[i] ?? 0) + oneMinusRho * gradient * gradient;
      squares[i] = square;
      let variance = square;
      if (averages !== null) {
        const average = rho * (averages[i] ?? 0) + oneMinusRho * gradient;
        averages[i] = average;
        variance -= average * average;
      }
      let step = (rate * gradient) / Math.sqrt(variance + epsilon);
      if (momenta !== null) {
        step += momentum * (momenta[i] ?? 0);
        momenta[i] = step;
      }
      weights[i] = (weights[i] ?? 0) - step;
    }
  },
  kernel: 'rmsprop',
});
