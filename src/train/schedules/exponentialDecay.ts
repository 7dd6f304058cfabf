import { flag, requiredPositive } from '../../registry/options.js';
import { defineSchedule } from './schedule.js';

/**
 * η₀ · r^(t / s) at iteration t; with `staircase`, r has the whole number ⌊t / s⌋ above it. As Keras 3: `ExponentialDecay` in
 * keras/src/optimizers/schedules/learning_rate_schedule.py, which computes in float32. Here it is double precision, rounded to float32 where
 * an engine needs that.
 * @throws EnsembleError `INVALID_OPTION`
 */
export const exponentialDecay = defineSchedule({
  name: 'exponentialDecay',
  summary: 'Multiplies the rate by `decayRate` in every `decaySteps` updates.',
  options: {
    /** The rate of the first update, > 0. */
    initialLearningRate: requiredPositive('The rate of the first update.'),
    /** Updates in which the rate is multiplied by `decayRate` once, > 0. */
    decaySteps: requiredPositive('Updates in which the rate is multiplied by `decayRate` once.'),
    /** Factor of the rate in `decaySteps` updates, > 0. */
    decayRate: requiredPositive('Factor of the rate in `decaySteps` updates.'),
    /** Changes the rate once in `decaySteps` updates, not in each of them. @defaultValue false */
    staircase: flag(false, 'Changes the rate once in `decaySteps` updates, not in each of them.'),
  },
  rate({ initialLearningRate, decaySteps, decayRate, staircase }, iteration) {
    const periods = iteration / decaySteps;
    return initialLearningRate * decayRate ** (staircase ? Math.floor(periods) : periods);
  },
});
