import { describe, expect, it } from 'vitest';
import { KernelOptimizer } from '../../../../src/engines/tfjs/kernelOptimizer.js';
import { adam, adamw, rmsprop, sgd } from '../../../../src/train/optimizers/index.js';
import type { OptimizerConfig } from '../../../../src/train/optimizers/registry.js';
import { ResolvedOptimizer } from '../../../../src/train/optimizers/resolved.js';
import { difference, randomNumbers } from './helpers.js';

/** Float32 arithmetic against double precision, after a few updates. */
const TOLERANCE = 1e-6;
const SIZES = [5, 64, 33];

describe('kernels update several weights side by side as JavaScript does', () => {
  it.each<[string, OptimizerConfig]>([
    ['sgd', sgd()],
    ['sgd with momentum', sgd({ momentum: 0.9, nesterov: true })],
    ['rmsprop', rmsprop({ momentum: 0.9, centered: true })],
    ['adam', adam()],
    ['adamw', adamw()],
  ])('%s', (_name, config) => {
    const expected = new ResolvedOptimizer(config);
    const actual = KernelOptimizer.create(expected, SIZES);
    if (actual === null) throw new Error('There are no kernels here');
    const weights = SIZES.map((size, i) => {
      const values = actual.allocate(size);
      values.set(randomNumbers(size, i));
      const slots = Array.from({ length: expected.slotCount }, () => actual.allocate(size));
      const slotsExpected = slots.map((slot) => slot.slice());
      return { size, values, slots, valuesExpected: values.slice(), slotsExpected };
    });
    for (let iteration = 0; iteration < 4; iteration++) {
      const coefficients = expected.coefficients(expected.learningRate(iteration, NaN), iteration);
      for (const [i, { size, values, slots, valuesExpected, slotsExpected }] of weights.entries()) {
        const gradients = randomNumbers(size, 10 * (iteration + 1) + i);
        actual.update(values, gradients, slots, coefficients);
        expected.update(valuesExpected, gradients, slotsExpected, coefficients);
      }
    }
    for (const { values, slots, valuesExpected, slotsExpected } of weights) {
      expect(difference(values, valuesExpected)).toBeLessThan(TOLERANCE);
      for (const [i, slot] of slots.entries()) {
        expect(difference(slot, slotsExpected[i] ?? [])).toBeLessThan(TOLERANCE);
      }
    }
  });
});
