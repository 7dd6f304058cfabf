import { notNegative } from '../../registry/options.js';
import { adam } from './adam.js';
import { defineOptimizer } from './optimizer.js';

/** Options of {@link adamw}. */
export type AdamwOptions = NonNullable<Parameters<typeof adamw>[0]>;

/**
 * Adam with decoupled weight decay: the decay does not go through the gradient. Results and defaults are those of Keras 3.
 *
 * w ← w − η λ w, then Adam: Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101, as written in `_apply_weight_decay` in
 * keras/src/optimizers/base_optimizer.py.
 * @throws EnsembleError `INVALID_OPTION`
 */
export const adamw = defineOptimizer({
  ...adam.definition,
  name: 'adamw',
  summary: 'Adam with decoupled weight decay: the decay does not go through the gradient.',
  options: {
    ...adam.definition.options,
    /** Each update reduces every weight, also biases, by the fraction `learningRate · weightDecay`; >= 0. @defaultValue 0.004 */
    weightDecay: notNegative(
      0.004,
      'Each update reduces every weight, also biases, by the fraction `learningRate · weightDecay`.',
    ),
  },
  coefficients: (options, rate, iteration) => ({
    ...adam.definition.coefficients(options, rate, iteration),
    kept: 1 - rate * options.weightDecay,
  }),
});
