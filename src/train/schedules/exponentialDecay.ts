import { flag, requiredPositive } from '../../registry/options.js';
import { defineSchedule } from './schedule.js';

/**
 * The rate at iteration t is η₀ · r^(t / s), or η₀ · r^⌊t / s⌋ with `staircase`. The formula is that of `ExponentialDecay` in Keras 3,
 * keras/src/optimizers/schedules/learning_rate_schedule.py. Keras computes in float32; this function computes in double precision, and
 * engines round the rate to float32 if they need it.
 * @throws EnsembleError `INVALID_OPTION`
 */
export const exponentialDecay = defineSchedule({
  name: 'exponentialDecay',
  summary: 'Multiplies the rate by `decayRate` every `decaySteps` updates.',
  options: {
    /** The rate of the first update, > 0. */
    initialLearningRate: requiredPositive('The rate of the first update.'),
    /** Number of updates that multiply the rate by `decayRate`, > 0. */
    decaySteps: requiredPositive('Number of updates that multiply the rate by `decayRate`.'),
    /** Factor of the rate after `decaySteps` updates, > 0. */
    decayRate: requiredPositive('Factor of the rate after `decaySteps` updates.'),
    /** Changes the rate once every `decaySteps` updates, not at each update. @defaultValue false */
    staircase: flag(false, 'Changes the rate once every `decaySteps` updates, not at each update.'),
  },
  rate({ initialLearningRate, decaySteps, decayRate, staircase }, iteration) {
    const periods = iteration / decaySteps;
    return initialLearningRate * decayRate ** (staircase ? Math.floor(periods) : periods);
  },
});
