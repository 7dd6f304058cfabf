import { describe, expect, it } from 'vitest';
import type { EnsembleError } from '../../../../src/errors.js';
import * as builtIn from '../../../../src/train/schedules/index.js';
import { exponentialDecay } from '../../../../src/train/schedules/index.js';
import { rateFunction, scheduleRegistry } from '../../../../src/train/schedules/registry.js';
import { kerasValues } from '../../../reference/kerasValues.js';

/** Relative. Keras computes in float32: an error of the exponent of 6e-8 becomes one of the power that grows with the exponent. */
const KERAS_TOLERANCE = 5e-6;
/** Relative, of double precision. */
const EXACT = 1e-14;

const relativeError = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

/** As a program without types calls them. */
const untyped = builtIn as unknown as Readonly<Record<keyof typeof builtIn, (options?: unknown) => unknown>>;

describe('values of Keras 3', () => {
  it.each(kerasValues.schedules)('$name', ({ config, iterations, rates }) => {
    const rate = rateFunction(scheduleRegistry.resolve('schedule', config));
    for (const [i, iteration] of iterations.entries()) {
      expect(relativeError(rate(iteration), rates[i] ?? NaN), `iteration ${iteration}`).toBeLessThan(KERAS_TOLERANCE);
    }
  });
});

describe('exponentialDecay', () => {
  const options = { initialLearningRate: 0.8, decaySteps: 4, decayRate: 0.25 };

  it('multiplies the rate by the decay rate in as many steps as it is told', () => {
    const rate = rateFunction(exponentialDecay(options));
    // 0.25 ^ (t / 4) = 2 ^ (−t / 2)
    const expected = [0.8, 0.8 / Math.SQRT2, 0.4, 0.4 / Math.SQRT2, 0.2];
    for (const [t, value] of expected.entries()) expect(relativeError(rate(t), value)).toBeLessThan(EXACT);
  });

  it('goes down once in so many steps with a staircase', () => {
    const rate = rateFunction(exponentialDecay({ ...options, staircase: true }));
    expect([0, 1, 3, 4, 7, 8].map(rate)).toEqual([0.8, 0.8, 0.8, 0.2, 0.2, 0.05]);
  });

  it('is plain data', () => {
    expect(exponentialDecay(options)).toEqual({ schedule: 'exponentialDecay', ...options, staircase: false });
  });

  it.each([
    [{ ...options, decaySteps: 0 }, 'Expected `decaySteps` to be a finite number > 0. Received: 0'],
    [{ ...options, decayRate: undefined }, 'Expected `decayRate` to be a finite number > 0. Received: undefined'],
    [{ ...options, steps: 1 }, 'initialLearningRate, decaySteps, decayRate, staircase. Received: "steps"'],
    [{}, 'Expected `initialLearningRate` to be a finite number > 0. Received: undefined'],
    [
      3,
      'Expected the options of exponentialDecay() to be an object, such as { initialLearningRate: ... }. Received: 3',
    ],
  ])('refuses %j', (given, message) => {
    expect(() => untyped.exponentialDecay(given)).toThrow(
      expect.objectContaining<Partial<EnsembleError>>({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('has no default for what Keras has none for', () => {
    // @ts-expect-error the options are required
    expect(() => exponentialDecay()).toThrow('initialLearningRate');
  });
});
