import type { OptimizerConfig } from '../../src/train/optimizers/registry.js';

/** What an optimizer remembers of one weight. Slots are made full of zeros when they are first asked for. */
export class Slots {
  readonly #arrays = new Map<string, Float64Array>();
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  get(name: string): Float64Array {
    let array = this.#arrays.get(name);
    if (!array) this.#arrays.set(name, (array = new Float64Array(this.#length)));
    return array;
  }
}

/** Keras 3's schedules (`keras/src/optimizers/schedules`) after so many updates. */
function rateAfter(rate: OptimizerConfig['learningRate'], updates: number): number {
  if (typeof rate === 'number') return rate;
  if (rate.schedule !== 'exponentialDecay') throw new RangeError(`the reference has no schedule ${rate.schedule}`);
  const { initialLearningRate, decaySteps, decayRate, staircase } = rate as Readonly<Record<string, unknown>>;
  const periods = updates / Number(decaySteps);
  return (
    Number(initialLearningRate) *
    Math.exp(Math.log(Number(decayRate)) * (staircase === true ? Math.trunc(periods) : periods))
  );
}

/**
 * One update of one weight, in place, as Keras 3 has it (`keras/src/optimizers`).
 * @param step updates done before this one
 */
export function update(config: OptimizerConfig, w: Float64Array, g: Float64Array, slots: Slots, step: number): void {
  const rate = rateAfter(config.learningRate, step);
  switch (config.optimizer) {
    case 'sgd': {
      const m = slots.get('momentum');
      for (let i = 0; i < w.length; i++) {
        const descent = -rate * (g[i] ?? 0);
        const velocity = config.momentum * (m[i] ?? 0) + descent;
        m[i] = velocity;
        w[i] = (w[i] ?? 0) + (config.nesterov ? config.momentum * velocity + descent : velocity);
      }
      break;
    }
    case 'rmsprop': {
      const v = slots.get('velocity');
      const mean = slots.get('average');
      const m = slots.get('momentum');
      for (let i = 0; i < w.length; i++) {
        const gradient = g[i] ?? 0;
        const square = config.rho * (v[i] ?? 0) + (1 - config.rho) * gradient * gradient;
        const average = config.rho * (mean[i] ?? 0) + (1 - config.rho) * gradient;
        const variance = config.centered ? square - average * average : square;
        const increment = config.momentum * (m[i] ?? 0) + (rate * gradient) / Math.sqrt(variance + config.epsilon);
        v[i] = square;
        mean[i] = average;
        m[i] = increment;
        w[i] = (w[i] ?? 0) - increment;
      }
      break;
    }
    // Kingma and Ba (2015), epsilon as "epsilon hat" just before section 2.1; AdamW: Loshchilov and Hutter (2019).
    case 'adam':
    case 'adamw': {
      const m = slots.get('momentum');
      const v = slots.get('velocity');
      const alpha = (rate * Math.sqrt(1 - config.beta2 ** (step + 1))) / (1 - config.beta1 ** (step + 1));
      const decay = config.optimizer === 'adamw' ? config.weightDecay * rate : 0;
      for (let i = 0; i < w.length; i++) {
        const gradient = g[i] ?? 0;
        const first = (m[i] ?? 0) + (gradient - (m[i] ?? 0)) * (1 - config.beta1);
        const second = (v[i] ?? 0) + (gradient * gradient - (v[i] ?? 0)) * (1 - config.beta2);
        m[i] = first;
        v[i] = second;
        w[i] = (w[i] ?? 0) * (1 - decay) - (alpha * first) / (Math.sqrt(second) + config.epsilon);
      }
      break;
    }
  }
}
