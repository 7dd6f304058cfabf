import { describe, expect, expectTypeOf, it } from 'vitest';
import * as extend from '../../src/extend.js';
import { lossRegistry } from '../../src/train/losses/registry.js';
import { meanSquaredError } from '../../src/train/losses/index.js';
import { adam } from '../../src/train/optimizers/index.js';

const { defineLoss, integer, register } = extend;

const loss = (name: string, summary = 'A loss that is always as large.') =>
  defineLoss({
    name,
    summary,
    options: { height: integer(1, 2, 'How large the loss is.') },
    labels: 'values',
    overClasses: false,
    fromOutputs: ({ rows }, { height }) => rows * height,
  });

it('loads no TensorFlow.js', () => {
  expect(extend).toBeDefined();
  expect('_tfengine' in globalThis).toBe(false);
});

it('defines functions whose options are known to the compiler', () => {
  expectTypeOf(loss('typed')).toBeCallableWith({ height: 1 });
  expectTypeOf(loss('typed')).toBeCallableWith();
  expectTypeOf(meanSquaredError).parameters.toEqualTypeOf<[]>();
  expect(meanSquaredError()).toEqual({ loss: 'meanSquaredError' });
});

describe('register', () => {
  it('adds a thing to the registry of its kind and returns it', () => {
    const flat = loss('flat');
    expect(register(flat)).toBe(flat);
    expect(lossRegistry.resolve('loss', 'flat')).toEqual({ loss: 'flat', height: 2 });
    expect(() => flat({ height: 0 })).toThrow('Expected `height` to be an integer >= 1. Received: 0');
  });

  it('takes the later of two that say the same, as a module that is loaded again has them', () => {
    register(loss('again'));
    const later = register(loss('again'));
    expect(lossRegistry.get('again')).toBe(later.definition);
  });

  it.each([
    ['of this package', loss('meanSquaredError')],
    ['of another module', loss('taken', 'Another loss.')],
  ])('refuses the name of a loss %s', (_what, other) => {
    register(loss('taken'));
    expect(() => register(other)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(`"${other.definition.name}", which is registered already`) as string,
      }),
    );
  });

  it('takes a name that belongs to a thing of another kind', () => {
    register(loss(adam.definition.name));
    expect(lossRegistry.has('adam')).toBe(true);
  });

  it('refuses what is no thing of a kind', () => {
    expect(() => register((() => undefined) as never)).toThrow('Expected what defineLoss() or another function');
  });
});
