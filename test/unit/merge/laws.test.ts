import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as builtIn from '../../../src/merge/index.js';
import { resolveMerge } from '../../../src/merge/check.js';
import { mergeRegistry } from '../../../src/merge/registry.js';
import type { MergeConfig, Shape } from '../../../src/protocol/plan.js';
import { sizeOf } from '../../../src/protocol/shape.js';
import { differences, dot, doubles, numbers, worstError } from '../../reference/numeric.js';
import {
  backward,
  batchOf,
  configs,
  float32,
  FLOAT32_TOLERANCE,
  forward,
  GRADIENT_TOLERANCE,
  outputsOf,
  ROWS,
  TFJS_TOLERANCE,
} from './batches.js';
import { midrange } from './midrange.js';

/** Merges whose output depends on the order of the members. */
const ORDERED: readonly string[] = ['concatenate'];

mergeRegistry.add(midrange);
const unordered = mergeRegistry.definitions.filter(({ name, takes }) => takes === 'several' && !ORDERED.includes(name));

const shape = [2, 3];
const shapesOf = ({ members }: MergeConfig): Shape[] => members.map(() => shape);
const seeds = fc.integer({ min: 0, max: 1_000_000 });

/**
 * Outputs of members that are never equal in the same place: a merge may have no derivative there. Multiples of 0.01, shifted by 0.001 from
 * member to member.
 */
function distinctOutputs({ members }: MergeConfig, seed: number): number[][] {
  return members.map((_, i) =>
    numbers(ROWS * sizeOf(shape), seed + i).map((v) => Math.round(100 * v) / 100 + i / 1000),
  );
}

it('every merge is registered under the name of its function', () => {
  expect(Object.entries(builtIn).map(([key, merge]) => [key, merge.name, merge.definition.name])).toEqual(
    Object.keys(builtIn).map((key) => [key, key, key]),
  );
  expect(mergeRegistry.names).toEqual([...Object.keys(builtIn).sort(), 'midrange']);
});

describe.each(mergeRegistry.definitions)('$name', (merge) => {
  const isOne = ({ members }: MergeConfig): boolean => members.length === 1;
  /** With three members, or the one that it takes. */
  const typical = (): MergeConfig => {
    const count = merge.takes === 'one' ? 1 : 3;
    const [config] = fc.sample(
      configs(merge).filter(({ members }) => members.length === count),
      1,
    );
    if (config === undefined) throw new Error(`no data of ${merge.name}`);
    return config;
  };

  it('has a sentence for the documentation', () => {
    expect(merge.summary).toMatch(/^[A-Z].*\.$/);
  });

  it('is the same after its data went through JSON', () => {
    fc.assert(
      fc.property(configs(merge), (config) => {
        const resolved = resolveMerge(config, 'out');
        expect(resolved).toMatchObject(config);
        expect(resolveMerge(JSON.parse(JSON.stringify(resolved)), 'out')).toEqual(resolved);
      }),
    );
  });

  it('of one member is that member, and so is its gradient', () => {
    fc.assert(
      fc.property(configs(merge).filter(isOne).map(resolved), seeds, (config, seed) => {
        const shapes = shapesOf(config);
        const [y = []] = distinctOutputs(config, seed);
        expect(merge.outputShape(config, shapes)).toEqual(shape);
        expect(worstError(forward(config, [y], shapes), y)).toBeLessThan(FLOAT32_TOLERANCE);
        const dout = numbers(y.length, seed + 9);
        expect(worstError(backward(config, [y], dout, shapes)[0] ?? [], dout)).toBeLessThan(FLOAT32_TOLERANCE);
      }),
    );
  });

  it('has the gradient of its value, and adds it', () => {
    fc.assert(
      fc.property(configs(merge).map(resolved), seeds, (config, seed) => {
        const shapes = shapesOf(config);
        const batch = batchOf(config, distinctOutputs(config, seed).map(doubles), shapes);
        const size = ROWS * sizeOf(merge.outputShape(config, shapes));
        const dout = doubles(numbers(size, seed + 9));
        const dys = batch.ys.map((y) => doubles(y.map(() => 5)));
        merge.backward(batch, dout, dys);

        const out = doubles(new Array<number>(size).fill(NaN));
        const value = (): number => {
          merge.forward(batch, out);
          return dot(out, dout);
        };
        for (const [i, y] of batch.ys.entries()) {
          const expected = differences(y, value).map((d) => d + 5);
          expect(worstError(dys[i] ?? [], expected)).toBeLessThan(GRADIENT_TOLERANCE);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('computes each row by itself, and leaves rows beyond the batch alone', () => {
    const config = resolved(typical());
    const shapes = shapesOf(config);
    const ys = outputsOf(shapes);
    const whole = forward(config, ys, shapes);
    const size = whole.length / ROWS;
    const out = new Float32Array(whole.length).fill(7);
    const dys = ys.map((y) => new Float32Array(y.length));
    const batch = batchOf(config, float32(ys), shapes, 1);
    merge.forward(batch, out);
    merge.backward(batch, out, dys);
    expect(out.subarray(0, size)).toEqual(whole.subarray(0, size));
    expect(out.subarray(size).every((v) => v === 7)).toBe(true);
    for (const dy of dys) expect(dy.subarray(sizeOf(shape)).every((v) => v === 0)).toBe(true);
  });

  describe('as layers of tfjs', () => {
    beforeAll(async () => {
      await tf.setBackend('cpu');
    });

    it('gives the same, under the name of the output', () => {
      const config = resolved(typical());
      const shapes = shapesOf(config);
      const inputs = shapes.map((_, i) => tf.input({ name: `x${i}`, shape }));
      const model = tf.model({ inputs, outputs: merge.layer(config, tf.layers, 'merged', inputs) });
      const ys = outputsOf(shapes);
      const predicted = tf.tidy(() => {
        const xs = ys.map((y) => tf.tensor(y, [ROWS, ...shape]));
        return (model.predict(xs) as tf.Tensor).dataSync();
      });
      expect(model.outputNames).toEqual(['merged']);
      expect(worstError(predicted, forward(config, ys, shapes))).toBeLessThan(TFJS_TOLERANCE);
      model.dispose();
    });
  });
});

it.each(unordered)('$name does not depend on the order of members', (merge) => {
  const shuffled = configs(merge)
    .map(resolved)
    .chain((config) => {
      const places = [...config.members.keys()];
      const orders = fc.shuffledSubarray(places, { minLength: places.length, maxLength: places.length });
      return fc.tuple(fc.constant(config), orders, seeds);
    });
  fc.assert(
    fc.property(shuffled, ([config, order, seed]) => {
      const ys = distinctOutputs(config, seed);
      const expected = forward(config, ys, shapesOf(config));
      const others = order.map((i) => ys[i] ?? []);
      const received = forward(inOrder(config, order), others, shapesOf(config));
      expect(worstError(received, expected)).toBeLessThan(FLOAT32_TOLERANCE);
    }),
  );
});

/** With the defaults of all options. */
function resolved(config: MergeConfig): MergeConfig {
  return resolveMerge(config, 'out');
}

/** The same merge with its members in another order, and options that have a value for each member. */
function inOrder(config: MergeConfig, order: readonly number[]): MergeConfig {
  const count = config.members.length;
  const reordered = Object.entries(config).map(([key, value]): [string, unknown] => {
    return [key, Array.isArray(value) && value.length === count ? order.map((i) => value[i] as unknown) : value];
  });
  return Object.fromEntries(reordered) as MergeConfig;
}
