import type { OptimizerConfig } from '../../protocol/plan.js';
import { slotAt, type Optimizer } from './optimizer.js';
import { decay, positive, resolveOptions } from './options.js';

export type AdamConfig = Extract<OptimizerConfig, { optimizer: 'adam' }>;

/** Adam's own options; AdamW has them too. */
export const ADAM_OPTIONS = {
  learningRate: positive(0.001),
  beta1: decay(0.9),
  beta2: decay(0.999),
  epsilon: positive(1e-7),
};

export interface AdamOptions {
  /** > 0. @defaultValue 0.001 */
  readonly learningRate?: number;
  /** How much of the average of gradients is kept, from 0 to below 1. @defaultValue 0.9 */
  readonly beta1?: number;
  /** How much of the average of squared gradients is kept, from 0 to below 1. @defaultValue 0.999 */
  readonly beta2?: number;
  /** Added to the root of the average ("epsilon hat" in the paper), > 0. @defaultValue 1e-7 */
  readonly epsilon?: number;
}

/**
 * Gradient descent by moving averages of the gradient and its square. Numbers and defaults are those of Keras 3.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function adam(options: AdamOptions = {}): AdamConfig {
  return { optimizer: 'adam', ...resolveOptions('adam', ADAM_OPTIONS, options) };
}

/**
 * m ← m + (1 − β₁)(g − m), v ← v + (1 − β₂)(g² − v), w ← (1 − δ) w − α m / (√v + ε), where α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ) corrects both
 * averages' bias at step t and δ is the decay, 0 in Adam: Kingma and Ba (2015), https://arxiv.org/abs/1412.6980, in the form
 * before section 2.1, whose ε is not that of algorithm 1; as written in keras/src/optimizers/adam.py.
 * Slots: m, v.
 * @param decayed δ, the part of each weight that an update takes away
 */
export function createAdam(
  { learningRate, beta1, beta2, epsilon }: Omit<AdamConfig, 'optimizer'>,
  decayed = 0,
): Optimizer {
  return {
    slots: 2,
    update(weights, gradients, slots, iteration) {
      const means = slotAt(slots, 0);
      const squares = slotAt(slots, 1);
      const alpha = (learningRate * Math.sqrt(1 - beta2 ** iteration)) / (1 - beta1 ** iteration);
      for (let i = 0; i < weights.length; i++) {
        const gradient = gradients[i] ?? 0;
        const mean = (means[i] ?? 0) + (1 - beta1) * (gradient - (means[i] ?? 0));
        const square = (squares[i] ?? 0) + (1 - beta2) * (gradient * gradient - (squares[i] ?? 0));
        means[i] = mean;
        squares[i] = square;
        weights[i] = (1 - decayed) * (weights[i] ?? 0) - (alpha * mean) / (Math.sqrt(square) + epsilon);
      }
    },
  };
}
