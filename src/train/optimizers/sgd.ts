import type { OptimizerConfig } from '../../protocol/plan.js';
import { slotAt, type Optimizer } from './optimizer.js';
import { flag, fraction, positive, resolveOptions } from './options.js';

export type SgdConfig = Extract<OptimizerConfig, { optimizer: 'sgd' }>;

const OPTIONS = { learningRate: positive(0.01), momentum: fraction(0), nesterov: flag(false) };

export interface SgdOptions {
  /** > 0. @defaultValue 0.01 */
  readonly learningRate?: number;
  /** How much of the last step is repeated, from 0 to 1. @defaultValue 0 */
  readonly momentum?: number;
  /** Looks ahead along the momentum; no effect without one. @defaultValue false */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent, with momentum or Nesterov momentum where asked for. Numbers and defaults are those of Keras 3.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function sgd(options: SgdOptions = {}): SgdConfig {
  return { optimizer: 'sgd', ...resolveOptions('sgd', OPTIONS, options) };
}

/**
 * Without momentum w ← w − η g. With momentum μ, v ← μ v − η g and w ← w + v, or in Nesterov's form w ← w + μ v − η g:
 * Sutskever et al. (2013), https://proceedings.mlr.press/v28/sutskever13.html, as written in keras/src/optimizers/sgd.py.
 * Slots: v, where there is momentum.
 */
export function createSgd({ learningRate, momentum, nesterov }: SgdConfig): Optimizer {
  if (momentum === 0) {
    return {
      slots: 0,
      update(weights, gradients) {
        for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] ?? 0) - learningRate * (gradients[i] ?? 0);
      },
    };
  }
  return {
    slots: 1,
    update(weights, gradients, slots) {
      const velocities = slotAt(slots, 0);
      for (let i = 0; i < weights.length; i++) {
        const descent = -learningRate * (gradients[i] ?? 0);
        const velocity = momentum * (velocities[i] ?? 0) + descent;
        velocities[i] = velocity;
        weights[i] = (weights[i] ?? 0) + (nesterov ? momentum * velocity + descent : velocity);
      }
    },
  };
}
