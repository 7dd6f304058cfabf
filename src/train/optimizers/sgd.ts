import { flag, fraction } from '../../registry/options.js';
import { defineOptimizer, learningRate } from './optimizer.js';

/** Options of {@link sgd}. */
export type SgdOptions = NonNullable<Parameters<typeof sgd>[0]>;

/**
 * Gradient descent, optionally with momentum or Nesterov momentum. Results and defaults are those of Keras 3.
 *
 * Without momentum w ← w − η g. With momentum μ, v ← μ v − η g and w ← w + v, or in Nesterov's form w ← w + μ v − η g:
 * Sutskever et al. (2013), https://proceedings.mlr.press/v28/sutskever13.html, as written in keras/src/optimizers/sgd.py.
 * @throws EnsembleError `INVALID_OPTION`
 */
export const sgd = defineOptimizer({
  name: 'sgd',
  summary: 'Gradient descent, optionally with momentum or Nesterov momentum.',
  options: {
    /** > 0, or a schedule. @defaultValue 0.01 */
    learningRate: learningRate(0.01),
    /** Fraction of the last step that is added to this one, from 0 to 1. @defaultValue 0 */
    momentum: fraction(0, 'Fraction of the last step that is added to this one.'),
    /** Uses Nesterov momentum. It has no effect if `momentum` is 0. @defaultValue false */
    nesterov: flag(false, 'Uses Nesterov momentum. It has no effect if `momentum` is 0.'),
  },
  slots: ({ momentum }) => ({ velocity: momentum > 0 }),
  coefficients: ({ momentum, nesterov }, rate) => ({ rate, momentum, nesterov: nesterov ? 1 : 0 }),
  update(weights, gradients, { velocity: velocities }, { rate, momentum, nesterov }) {
    if (velocities === null) {
      for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] ?? 0) - rate * (gradients[i] ?? 0);
      return;
    }
    for (let i = 0; i < weights.length; i++) {
      const descent = -rate * (gradients[i] ?? 0);
      const velocity = momentum * (velocities[i] ?? 0) + descent;
      velocities[i] = velocity;
      weights[i] = (weights[i] ?? 0) + (nesterov === 0 ? velocity : momentum * velocity + descent);
    }
  },
  kernel: 'sgd',
});
