import type { OptimizerConfig } from '../../protocol/plan.js';
import { slotAt, type Optimizer } from './optimizer.js';
import { decay, flag, fraction, positive, resolveOptions } from './options.js';

export type RmspropConfig = Extract<OptimizerConfig, { optimizer: 'rmsprop' }>;

const OPTIONS = {
  learningRate: positive(0.001),
  rho: decay(0.9),
  momentum: fraction(0),
  epsilon: positive(1e-7),
  centered: flag(false),
};

export interface RmspropOptions {
  /** > 0. @defaultValue 0.001 */
  readonly learningRate?: number;
  /** How much of the average of squared gradients is kept, from 0 to below 1. @defaultValue 0.9 */
  readonly rho?: number;
  /** How much of the last step is repeated, from 0 to 1. @defaultValue 0 */
  readonly momentum?: number;
  /** Added to the average under the root, > 0. @defaultValue 1e-7 */
  readonly epsilon?: number;
  /** Divides by the root of the gradients' variance, not of their mean square. @defaultValue false */
  readonly centered?: boolean;
}

/**
 * Divides the gradient by the root of a moving average of its square. Numbers and defaults are those of Keras 3.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function rmsprop(options: RmspropOptions = {}): RmspropConfig {
  return { optimizer: 'rmsprop', ...resolveOptions('rmsprop', OPTIONS, options) };
}

/**
 * v ← ρ v + (1 − ρ) g², a ← ρ a + (1 − ρ) g, s = η g / √(v − a² + ε) (without a² where not centered), m ← μ m + s, w ← w − m:
 * Hinton (2012), http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; centered, Graves (2013),
 * https://arxiv.org/abs/1308.0850; as written in keras/src/optimizers/rmsprop.py.
 * Slots: v, then m where there is momentum, then a where centered.
 */
export function createRmsprop({ learningRate, rho, momentum, epsilon, centered }: RmspropConfig): Optimizer {
  const hasMomentum = momentum > 0;
  const averageSlot = hasMomentum ? 2 : 1;
  return {
    slots: 1 + Number(hasMomentum) + Number(centered),
    update(weights, gradients, slots) {
      const squares = slotAt(slots, 0);
      const momenta = hasMomentum ? slotAt(slots, 1) : null;
      const averages = centered ? slotAt(slots, averageSlot) : null;
      for (let i = 0; i < weights.length; i++) {
        const gradient = gradients[i] ?? 0;
        const square = rho * (squares[i] ?? 0) + (1 - rho) * gradient * gradient;
        squares[i] = square;
        let variance = square;
        if (averages !== null) {
          const average = rho * (averages[i] ?? 0) + (1 - rho) * gradient;
          averages[i] = average;
          variance -= average * average;
        }
        let step = (learningRate * gradient) / Math.sqrt(variance + epsilon);
        if (momenta !== null) {
          step += momentum * (momenta[i] ?? 0);
          momenta[i] = step;
        }
        weights[i] = (weights[i] ?? 0) - step;
      }
    },
  };
}
