import { describe, expect, it } from 'vitest';
import type { EnsembleError } from '../../../../src/errors.js';
import type { OptimizerConfig } from '../../../../src/protocol/plan.js';
import {
  adam,
  adamw,
  createOptimizer,
  defaultOptimizers,
  rmsprop,
  sgd,
  type Optimizer,
} from '../../../../src/train/optimizers/index.js';
import { kerasValues } from '../../../reference/kerasValues.js';
import { numbers, worstError } from '../../../reference/numeric.js';

/** Keras computes in float32; the steps' errors add up. */
const KERAS_TOLERANCE = 1e-6;

const constructors: Record<OptimizerConfig['optimizer'], (options: object) => OptimizerConfig> = defaultOptimizers;

const slotsFor = ({ slots }: Optimizer, length: number): Float32Array[] =>
  Array.from({ length: slots }, () => new Float32Array(length));

describe('values of Keras 3', () => {
  it.each(kerasValues.optimizers)('$name', ({ config: { optimizer: name, ...options }, ...recorded }) => {
    const optimizer = createOptimizer(constructors[name](options));
    const weights = Float32Array.from(recorded.weights);
    const slots = slotsFor(optimizer, weights.length);
    for (const [step, gradients] of recorded.gradients.entries()) {
      optimizer.update(weights, Float32Array.from(gradients), slots, step + 1);
      expect(worstError(weights, recorded.after[step] ?? [])).toBeLessThan(KERAS_TOLERANCE);
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
  it.each([
    {
      make: () => sgd({ learningRate: -1 }),
      message: 'Expected `learningRate` to be a finite number > 0. Received: -1',
    },
    {
      make: () => sgd({ learningRate: NaN }),
      message: 'Expected `learningRate` to be a finite number > 0. Received: NaN',
    },
    { make: () => sgd({ momentum: 1.5 }), message: 'Expected `momentum` to be a number from 0 to 1. Received: 1.5' },
    { make: () => constructors.sgd({ nesterov: 1 }), message: 'Expected `nesterov` to be true or false. Received: 1' },
    { make: () => rmsprop({ rho: 1 }), message: 'Expected `rho` to be a number >= 0 and < 1. Received: 1' },
    { make: () => rmsprop({ epsilon: 0 }), message: 'Expected `epsilon` to be a finite number > 0. Received: 0' },
    { make: () => adam({ beta1: 1 }), message: 'Expected `beta1` to be a number >= 0 and < 1. Received: 1' },
    {
      make: () => constructors.adam({ beta2: '0.9' }),
      message: 'Expected `beta2` to be a number >= 0 and < 1. Received: "0.9"',
    },
    {
      make: () => constructors.adam({ beta2: undefined }),
      message: 'Expected `beta2` to be a number >= 0 and < 1. Received: undefined',
    },
    {
      make: () => adamw({ weightDecay: -0.1 }),
      message: 'Expected `weightDecay` to be a finite number >= 0. Received: -0.1',
    },
    {
      make: () => constructors.adam({ lr: 0.1 }),
      message: 'Expected the options of adam() to be among learningRate, beta1, beta2, epsilon. Received: "lr"',
    },
    {
      make: () => constructors.adam(0.1 as unknown as object),
      message: 'Expected the options of adam() to be an object, such as { learningRate: 0.001 }. Received: 0.1',
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

describe('relations between optimizers', () => {
  const [length, steps] = [7, 5];

  function run(config: OptimizerConfig): Float32Array {
    const optimizer = createOptimizer(config);
    const weights = Float32Array.from(numbers(length, 1));
    const slots = slotsFor(optimizer, length);
    for (let step = 1; step <= steps; step++) {
      optimizer.update(weights, Float32Array.from(numbers(length, 10 + step)), slots, step);
    }
    return weights;
  }

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

  it.each([
    { config: sgd(), slots: 0 },
    { config: sgd({ momentum: 0.9 }), slots: 1 },
    { config: rmsprop(), slots: 1 },
    { config: rmsprop({ momentum: 0.9 }), slots: 2 },
    { config: rmsprop({ centered: true }), slots: 2 },
    { config: rmsprop({ momentum: 0.9, centered: true }), slots: 3 },
    { config: adam(), slots: 2 },
    { config: adamw(), slots: 2 },
  ])('$config.optimizer has $slots slots', ({ config, slots }) => {
    expect(createOptimizer(config).slots).toBe(slots);
  });

  it('a missing slot is an error, not silence', () => {
    expect(() => {
      createOptimizer(adam()).update(new Float32Array(1), new Float32Array(1), [], 1);
    }).toThrow('Expected at least 1 optimizer slots, got 0');
  });
});
