import { describe, expect, it } from 'vitest';
import type { EnsembleError } from '../../../../src/errors.js';
import { adam, adamw, rmsprop, sgd } from '../../../../src/train/optimizers/index.js';
import * as builtIn from '../../../../src/train/optimizers/index.js';
import { optimizerRegistry, type OptimizerConfig } from '../../../../src/train/optimizers/registry.js';
import { ResolvedOptimizer } from '../../../../src/train/optimizers/resolved.js';
import { quoted } from '../../../../src/text/names.js';
import { exponentialDecay } from '../../../../src/train/schedules/index.js';
import { scheduleRegistry } from '../../../../src/train/schedules/registry.js';
import { kerasValues } from '../../../reference/kerasValues.js';
import { numbers, worstError } from '../../../reference/numeric.js';

/** Keras computes in float32; the steps' errors add up. */
const KERAS_TOLERANCE = 1e-6;

/** As a program without types calls them. */
const untyped = builtIn as unknown as Readonly<Record<keyof typeof builtIn, (options: unknown) => OptimizerConfig>>;

/** The weights after one update with each of the gradients, from zeroed slots. */
function weightsAfter(
  optimizer: ResolvedOptimizer,
  start: ArrayLike<number>,
  gradients: readonly ArrayLike<number>[],
): Float32Array[] {
  const weights = Float32Array.from(start);
  const slots = Array.from({ length: optimizer.slotCount }, () => new Float32Array(weights.length));
  return gradients.map((gradient, iteration) => {
    const coefficients = optimizer.coefficients(optimizer.learningRate(iteration, NaN), iteration);
    optimizer.update(weights, Float32Array.from(gradient), slots, coefficients);
    return weights.slice();
  });
}

describe('values of Keras 3', () => {
  it.each(kerasValues.optimizers)('$name', ({ config, weights, gradients, after }) => {
    const optimizer = new ResolvedOptimizer(optimizerRegistry.resolve('optimizer', config));
    for (const [step, received] of weightsAfter(optimizer, weights, gradients).entries()) {
      expect(worstError(received, after[step] ?? [])).toBeLessThan(KERAS_TOLERANCE);
    }
  });

  it('are the defaults', () => {
    expect(sgd()).toEqual({ optimizer: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false });
    expect(rmsprop()).toEqual({
      optimizer: 'rmsprop',
      learningRate: 0.001,
      rho: 0.9,
      momentum: 0,
      epsilon: 1e-7,
      centered: false,
    });
    expect(adam()).toEqual({ optimizer: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
    expect(adamw()).toEqual({ ...adam(), optimizer: 'adamw', weightDecay: 0.004 });
  });
});

describe('options', () => {
  const rate =
    'Expected `learningRate` to be a finite number > 0, or a schedule such as schedules.exponentialDecay({ ... }).';

  it.each([
    { make: () => sgd({ learningRate: -1 }), message: `${rate} Received: -1` },
    { make: () => sgd({ learningRate: NaN }), message: `${rate} Received: NaN` },
    { make: () => untyped.sgd({ learningRate: '1' }), message: `${rate} Received: "1"` },
    { make: () => untyped.sgd({ learningRate: {} }), message: `${rate} Received: {}` },
    { make: () => sgd({ momentum: 1.5 }), message: 'Expected `momentum` to be a number from 0 to 1. Received: 1.5' },
    { make: () => untyped.sgd({ nesterov: 1 }), message: 'Expected `nesterov` to be true or false. Received: 1' },
    { make: () => rmsprop({ rho: 1 }), message: 'Expected `rho` to be a number >= 0 and < 1. Received: 1' },
    { make: () => rmsprop({ epsilon: 0 }), message: 'Expected `epsilon` to be a finite number > 0. Received: 0' },
    { make: () => adam({ beta1: 1 }), message: 'Expected `beta1` to be a number >= 0 and < 1. Received: 1' },
    {
      make: () => untyped.adam({ beta2: '0.9' }),
      message: 'Expected `beta2` to be a number >= 0 and < 1. Received: "0.9"',
    },
    {
      make: () => untyped.adam({ beta2: undefined }),
      message: 'Expected `beta2` to be a number >= 0 and < 1. Received: undefined',
    },
    {
      make: () => adamw({ weightDecay: -0.1 }),
      message: 'Expected `weightDecay` to be a finite number >= 0. Received: -0.1',
    },
    {
      make: () => untyped.adam({ lr: 0.1 }),
      message: 'Expected the options of adam() to be among learningRate, beta1, beta2, epsilon. Received: "lr"',
    },
    {
      make: () => untyped.adam(0.1),
      message: 'Expected the options of adam() to be an object, such as { learningRate: 0.001 }. Received: 0.1',
    },
    {
      make: () => sgd({ learningRate: { schedule: 'exponentialDecoy' } }),
      message:
        `Expected the schedule of the learning rate to be one of ${quoted(scheduleRegistry.names)}. ` +
        'Received: "exponentialDecoy"; did you mean "exponentialDecay"?',
    },
    {
      make: () => sgd({ learningRate: { ...exponentialDecay(DECAY), decayRate: 0 } }),
      message: 'In the schedule of the learning rate: Expected `decayRate` to be a finite number > 0. Received: 0',
    },
  ])('are refused: $message', ({ make, message }) => {
    expect(make).toThrow(
      expect.objectContaining<Partial<EnsembleError>>({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('name the default as a remedy', () => {
    expect(() => adam({ learningRate: 0 })).toThrow("Leave it out for adam's default, 0.001.");
  });
});

const DECAY = { initialLearningRate: 0.1, decaySteps: 2, decayRate: 0.5 };

describe('the learning rate', () => {
  it('is a number, or the number of a schedule at an iteration', () => {
    expect(new ResolvedOptimizer(sgd({ learningRate: 0.5 })).learningRate(7, NaN)).toBe(0.5);
    expect(new ResolvedOptimizer(sgd({ learningRate: exponentialDecay(DECAY) })).learningRate(4, NaN)).toBe(0.025);
  });

  it('gives way to the rate that was set', () => {
    for (const learningRate of [0.5, exponentialDecay(DECAY)]) {
      expect(new ResolvedOptimizer(sgd({ learningRate })).learningRate(4, 0.3)).toBe(0.3);
    }
  });

  it('of a schedule is plain data with all options', () => {
    const config = adam({ learningRate: exponentialDecay(DECAY) });
    expect(config.learningRate).toEqual({ schedule: 'exponentialDecay', ...DECAY, staircase: false });
    expect(optimizerRegistry.resolve('optimizer', JSON.parse(JSON.stringify(config)))).toEqual(config);
  });
});

describe('relations between optimizers', () => {
  const [length, steps] = [7, 5];
  const gradients = Array.from({ length: steps }, (_, step) => numbers(length, 11 + step));
  const run = (config: OptimizerConfig): Float32Array | undefined =>
    weightsAfter(new ResolvedOptimizer(config), numbers(length, 1), gradients).at(-1);

  it('AdamW without decay is Adam', () => {
    expect(run(adamw({ weightDecay: 0 }))).toEqual(run(adam()));
  });

  it('Nesterov momentum of 0 is plain descent', () => {
    expect(run(sgd({ nesterov: true }))).toEqual(run(sgd()));
  });

  it('momentum changes the result', () => {
    expect(run(sgd({ momentum: 0.9 }))).not.toEqual(run(sgd()));
    expect(run(sgd({ momentum: 0.9, nesterov: true }))).not.toEqual(run(sgd({ momentum: 0.9 })));
  });
});

describe('slots', () => {
  it.each([
    { config: sgd(), indices: [null] },
    { config: sgd({ momentum: 0.9 }), indices: [0] },
    { config: rmsprop(), indices: [0, null, null] },
    { config: rmsprop({ momentum: 0.9 }), indices: [0, 1, null] },
    { config: rmsprop({ centered: true }), indices: [0, null, 1] },
    { config: rmsprop({ momentum: 0.9, centered: true }), indices: [0, 1, 2] },
    { config: adam(), indices: [0, 1] },
    { config: adamw(), indices: [0, 1] },
  ])('of $config.optimizer are $indices in memory', ({ config, indices }) => {
    const optimizer = new ResolvedOptimizer(config);
    expect(optimizer.slotIndices).toEqual(indices);
    expect(optimizer.slotCount).toBe(indices.filter((index) => index !== null).length);
  });

  it('that are missing are an error, not silence', () => {
    const optimizer = new ResolvedOptimizer(adam());
    expect(() => {
      optimizer.update(new Float32Array(1), new Float32Array(1), [], optimizer.coefficients(1, 0));
    }).toThrow('Expected at least 1 optimizer slots. Received: 0');
  });
});
