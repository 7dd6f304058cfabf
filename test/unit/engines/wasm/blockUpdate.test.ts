import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../../src/engines/wasm/address.js';
import { createBlockUpdate } from '../../../../src/engines/wasm/blockUpdate.js';
import { createMemory, instantiate, loadKernels, type KernelModule } from '../../../../src/engines/wasm/kernels.js';
import type { Named } from '../../../../src/protocol/plan.js';
import { fraction } from '../../../../src/registry/options.js';
import { adam } from '../../../../src/train/optimizers/index.js';
import { defineOptimizer, learningRate } from '../../../../src/train/optimizers/optimizer.js';
import { optimizerRegistry } from '../../../../src/train/optimizers/registry.js';
import { ResolvedOptimizer } from '../../../../src/train/optimizers/resolved.js';
import { difference, randomNumbers } from '../tfjs/helpers.js';

/** Float32 arithmetic, fused or not, against double precision, after a few updates. */
const TOLERANCE = 1e-6;
const STEPS = 4;
/** Bytes at whose multiples arrays begin, as a kernel goes past the end of one that is no multiple of a vector. */
const ALIGNMENT = 16;

/** Those that this Node.js has the instructions for. */
const builds = [...new Map([loadKernels('strict'), loadKernels('auto')].map((kernels) => [kernels.build, kernels]))];

/** Every combination of an optimizer's flags and numbers, each as its default and as another value. */
function variants(name: string): Named<'optimizer'>[] {
  const defaults = Object.entries(optimizerRegistry.resolve(name, name));
  return defaults.reduce<Record<string, unknown>[]>(
    (made, [option, value]) => {
      const other = otherValue(value);
      return made.flatMap((config) => [value, ...other].map((chosen) => ({ ...config, [option]: chosen })));
    },
    [{}],
  ) as Named<'optimizer'>[];
}

/** A number lies between the default and 1, so that momenta and decays allow it. */
function otherValue(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  return typeof value === 'number' ? [value + (1 - value) / 4] : [];
}

/** A block of weights in a memory, its slots and their numbers by themselves, all of `size` numbers. */
function createBlock(size: number, slotCount: number) {
  const bytes = Math.ceil((size * Float32Array.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;
  const memory = createMemory((3 + slotCount) * bytes);
  if (memory === null) throw new Error('There is no memory');
  const array = (index: number) => new Float32Array(memory.buffer, (1 + index) * bytes, size);
  const [weights, gradients] = [array(0), array(1)];
  const slots = Array.from({ length: slotCount }, (_, i) => array(2 + i));
  const block = {
    count: size,
    weights: addressOf(weights.byteOffset),
    gradients: addressOf(gradients.byteOffset),
    slot: (index: number) => addressOf(slots[index]?.byteOffset ?? 0),
  };
  return { memory, weights, gradients, slots, block };
}

function compare(optimizer: ResolvedOptimizer, { module }: KernelModule, size: number): void {
  const { memory, weights, gradients, slots, block } = createBlock(size, optimizer.slotCount);
  const update = createBlockUpdate(optimizer, instantiate(module, memory), memory);
  weights.set(randomNumbers(size, 1));
  const expected = { weights: weights.slice(), slots: slots.map((slot) => slot.slice()) };
  for (let iteration = 0; iteration < STEPS; iteration++) {
    const coefficients = optimizer.coefficients(optimizer.learningRate(iteration, NaN), iteration);
    gradients.set(randomNumbers(size, 10 + iteration));
    update(block, coefficients);
    optimizer.update(expected.weights, gradients, expected.slots, coefficients);
  }
  expect(difference(weights, expected.weights)).toBeLessThan(TOLERANCE);
  for (const [i, slot] of slots.entries()) {
    expect(difference(slot, expected.slots[i] ?? [])).toBeLessThan(TOLERANCE);
    expect(slot.some((value) => value !== 0)).toBe(true);
  }
}

describe.each(builds)('kernels of the build %s', (_build, kernels) => {
  describe.each(optimizerRegistry.names)('update as %s does in JavaScript', (name) => {
    it.each(variants(name))('with %j', (config) => {
      for (const size of [1, 4, 7, 33]) compare(new ResolvedOptimizer(config), kernels, size);
    });
  });
});

it.each(optimizerRegistry.names)('the variants of %s use all of its slots', (name) => {
  const seen = variants(name).map((config) => new ResolvedOptimizer(config).slotIndices);
  for (const [slot] of (seen[0] ?? []).entries()) expect(seen.some((indices) => indices[slot] !== null)).toBe(true);
});

describe('an optimizer of a program', () => {
  const kernels = loadKernels('strict');
  let count = 0;
  const register = (kernel: { readonly kernel?: string }): ResolvedOptimizer => {
    const own = defineOptimizer({
      name: `own${count++}`,
      summary: 'Gradient descent with momentum.',
      options: { learningRate: learningRate(0.1), momentum: fraction(0.9, 'How much of the last step is repeated.') },
      slots: () => ({ velocity: true }),
      coefficients: ({ momentum }, rate) => ({ rate, momentum, nesterov: 0 }),
      update(weights, gradients, { velocity }, { rate, momentum }) {
        for (const [i, gradient] of gradients.entries()) {
          velocity[i] = momentum * (velocity[i] ?? 0) - rate * gradient;
          weights[i] = (weights[i] ?? 0) + (velocity[i] ?? 0);
        }
      },
      ...kernel,
    });
    optimizerRegistry.add(own);
    return new ResolvedOptimizer(own());
  };

  it('needs no kernel: its formula goes through the memory', () => {
    compare(register({}), kernels, 33);
  });

  it('whose kernel does not exist is an error', () => {
    expect(() => {
      compare(register({ kernel: 'sdg' }), kernels, 4);
    }).toThrow(/^Expected the kernel "sdg" of the optimizer "own\d" to take 7 arguments: .* Received: no such kernel$/);
  });

  it('whose kernel takes other arguments is an error', () => {
    const { kernel = '' } = adam.definition;
    expect(() => {
      compare(register({ kernel }), kernels, 4);
    }).toThrow(/"adam" of the optimizer "own\d" to take 7 arguments: .* Received: one of 10$/);
  });
});
