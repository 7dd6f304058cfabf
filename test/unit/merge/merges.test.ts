import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { EnsembleError } from '../../../src/errors.js';
import { resolveMerge } from '../../../src/merge/check.js';
import { concatenate, direct, maximum, mean, minimum, product, sum, weightedMean } from '../../../src/merge/index.js';
import { mergeRegistry, type MergeName } from '../../../src/merge/registry.js';
import type { MergeSpec } from '../../../src/merge/spec.js';
import type { MergeConfig, Shape } from '../../../src/protocol/plan.js';
import { differences, dot, doubles, numbers, worstError } from '../../reference/numeric.js';
import {
  backward,
  batchOf,
  float32,
  FLOAT32_TOLERANCE,
  forward,
  GRADIENT_TOLERANCE,
  outputsOf,
  ROWS,
  TFJS_TOLERANCE,
} from './batches.js';
import { sizeOf } from '../../../src/protocol/shape.js';

interface Case {
  readonly config: MergeConfig;
  readonly shapes: readonly Shape[];
  readonly outputShape: Shape;
  /** The merged output, said another way. */
  readonly reference: (ys: readonly (readonly number[])[], shapes: readonly Shape[]) => number[];
}

const members = ['a', 'b', 'c'] as const;

/** Merges the elements that stand in the same place. */
function each(element: (parts: readonly number[]) => number): Case['reference'] {
  return (ys) => ys[0]?.map((_, e) => element(ys.map((y) => y[e] ?? NaN))) ?? [];
}

/** Takes each member's last dimension in turn until all are used up. */
function inTurn(ys: readonly (readonly number[])[], shapes: readonly Shape[]): number[] {
  const rest = ys.map((y) => [...y]);
  const out: number[] = [];
  while (rest.some((y) => y.length > 0)) {
    for (const [i, y] of rest.entries()) out.push(...y.splice(0, shapes[i]?.at(-1)));
  }
  return out;
}

const total = (parts: readonly number[]): number => parts.reduce((result, part) => result + part, 0);
const three = (shape: Shape): Pick<Case, 'shapes' | 'outputShape'> => ({
  shapes: [shape, shape, shape],
  outputShape: shape,
});

const cases: readonly Case[] = [
  { config: mean(members), ...three([5]), reference: each((parts) => total(parts) / 3) },
  { config: mean(members), ...three([2, 3, 1]), reference: each((parts) => total(parts) / 3) },
  {
    config: weightedMean(members, [1, 0, 2.5]),
    ...three([5]),
    reference: each(([a = NaN, , c = NaN]) => (a + 2.5 * c) / 3.5),
  },
  { config: sum(members), ...three([2, 3]), reference: each(total) },
  {
    config: product(members),
    ...three([5]),
    reference: each((parts) => parts.reduce((result, part) => result * part, 1)),
  },
  { config: maximum(members), ...three([5]), reference: each((parts) => Math.max(...parts)) },
  { config: minimum(members), ...three([2, 3]), reference: each((parts) => Math.min(...parts)) },
  { config: concatenate(members), shapes: [[2], [1], [3]], outputShape: [6], reference: inTurn },
  {
    config: concatenate(members),
    shapes: [
      [2, 2, 2],
      [2, 2, 1],
      [2, 2, 3],
    ],
    outputShape: [2, 2, 6],
    reference: inTurn,
  },
  { config: direct('a'), shapes: [[2, 3]], outputShape: [2, 3], reference: each(([a = NaN]) => a) },
];

describe.each(cases)('$config.merge of $shapes', ({ config, shapes, outputShape, reference }) => {
  const merge = mergeRegistry.of(config);

  it('has its shape', () => {
    expect(merge.outputShape(config, shapes)).toEqual(outputShape);
  });

  it('has its value', () => {
    const ys = outputsOf(shapes);
    expect(worstError(forward(config, ys, shapes), reference(ys, shapes))).toBeLessThan(FLOAT32_TOLERANCE);
  });

  it('has the gradient of its value, and adds it', () => {
    const ys = outputsOf(shapes).map(doubles);
    const size = ROWS * sizeOf(outputShape);
    const dout = doubles(numbers(size, 9));
    const dys = ys.map((y) => doubles(y.map(() => 5)));
    const batch = batchOf(config, ys, shapes);
    merge.backward(batch, dout, dys);

    const out = doubles(new Array<number>(size).fill(NaN));
    const value = (): number => {
      merge.forward(batch, out);
      return dot(out, dout);
    };
    for (const [i, y] of ys.entries()) {
      const expected = differences(y, value).map((d) => d + 5);
      expect(worstError(dys[i] ?? [], expected)).toBeLessThan(GRADIENT_TOLERANCE);
    }
  });

  it('leaves rows beyond the batch alone', () => {
    const batch = batchOf(config, float32(outputsOf(shapes)), shapes, 1);
    const out = new Float32Array(ROWS * sizeOf(outputShape)).fill(7);
    const dys = batch.ys.map((y) => new Float32Array(y.length));
    merge.forward(batch, out);
    merge.backward(batch, out, dys);
    expect(out.subarray(sizeOf(outputShape)).every((v) => v === 7)).toBe(true);
    for (const [i, dy] of dys.entries()) {
      expect(dy.subarray(sizeOf(shapes[i] ?? [])).every((v) => v === 0)).toBe(true);
    }
  });

  describe('as layers of tfjs', () => {
    beforeAll(async () => {
      await tf.setBackend('cpu');
    });

    it('gives the same, before and after saving', async () => {
      const inputs = shapes.map((shape, i) => tf.input({ name: `x${i}`, shape: [...shape] }));
      const output = merge.layer(config, tf.layers, 'merged', inputs);
      const model = tf.model({ inputs, outputs: output });
      expect(model.outputNames).toEqual(['merged']);
      expect(model.weights).toEqual([]);

      const ys = outputsOf(shapes);
      const expected = forward(config, ys, shapes);
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler((artifacts) => {
          saved = JSON.parse(JSON.stringify(artifacts)) as tf.io.ModelArtifacts;
          return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
        }),
      );
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved ?? {}));
      for (const candidate of [model, loaded]) {
        const predicted = tf.tidy(() => {
          const xs = ys.map((y, i) => tf.tensor(y, [ROWS, ...(shapes[i] ?? [])]));
          return (candidate.predict(xs) as tf.Tensor).dataSync();
        });
        expect(worstError(predicted, expected)).toBeLessThan(TFJS_TOLERANCE);
      }
      model.dispose();
      loaded.dispose();
    });
  });
});

describe('shapes that do not fit', () => {
  const alike = (name: string): string => `Expected the members of ${name}() to have outputs of one shape. Received: `;
  const joined =
    'Expected the members of concatenate() to have outputs of one shape up to the last dimension, which is joined. Received: ';
  it.each<{ config: MergeConfig; shapes: Shape[]; message: string }>([
    ...[mean, sum, product, maximum, minimum].map((make) => ({
      config: make(['a', 'b']),
      shapes: [[3], [4]],
      message: `${alike(make.name)}"a" [3], "b" [4]`,
    })),
    {
      config: weightedMean(['a', 'b', 'c'], [1, 2, 3]),
      shapes: [
        [2, 3],
        [2, 3],
        [3, 2],
      ],
      message: `${alike('weightedMean')}"a" [2, 3], "b" [2, 3], "c" [3, 2]`,
    },
    { config: mean(['a', 'b']), shapes: [[3], [3, 1]], message: `${alike('mean')}"a" [3], "b" [3, 1]` },
    {
      config: concatenate(['a', 'b']),
      shapes: [
        [2, 3],
        [4, 3],
      ],
      message: `${joined}"a" [2, 3], "b" [4, 3]`,
    },
    { config: concatenate(['a', 'b']), shapes: [[3], [1, 3]], message: `${joined}"a" [3], "b" [1, 3]` },
    { config: concatenate(['a', 'b']), shapes: [[], []], message: `${joined}"a" [], "b" []` },
  ])('$config.merge of $shapes', ({ config, shapes, message }) => {
    expect(() => mergeRegistry.of(config).outputShape(config, shapes)).toThrow(
      expect.objectContaining<Partial<EnsembleError>>({ code: 'SHAPE_MISMATCH', message }),
    );
  });
});

describe('one member', () => {
  const required: readonly MergeConfig[] = [weightedMean(['a'], [0.3])];
  const alone = mergeRegistry.names.map(
    (merge) => required.find((config) => config.merge === merge) ?? resolveMerge({ merge, members: ['a'] }, 'out'),
  );

  it.each(alone)('$merge is the member itself', (config) => {
    const shapes = [[2, 3]];
    const ys = outputsOf(shapes);
    expect(worstError(forward(config, ys, shapes), ys[0] ?? [])).toBeLessThan(FLOAT32_TOLERANCE);
    const dout = Float32Array.from(numbers(ROWS * 6, 9));
    expect(worstError(backward(config, ys, dout, shapes)[0] ?? [], dout)).toBeLessThan(FLOAT32_TOLERANCE);
  });

  it.each(alone)('$merge becomes one linear layer', (config) => {
    const input = tf.input({ shape: [2, 3] });
    const output = mergeRegistry.of(config).layer(config, tf.layers, 'merged', [input]);
    expect(output.sourceLayer.name).toBe('merged');
    expect(output.sourceLayer.getClassName()).toBe('Activation');
    expect(tf.model({ inputs: input, outputs: output }).layers).toHaveLength(2);
  });
});

describe('laws', () => {
  const width = 3;
  const element = fc.float({ min: -100, max: 100, noNaN: true });
  const member = fc.array(element, { minLength: ROWS * width, maxLength: ROWS * width });
  const some = fc.array(member, { minLength: 1, maxLength: 5 });
  const configOf = (merge: Exclude<MergeName, 'weightedMean'>, count: number): MergeConfig => ({
    merge,
    members: Array.from({ length: count }, (_, i) => `m${i}`),
  });
  const shapesOf = (ys: readonly unknown[]): Shape[] => ys.map(() => [width]);

  it.each(['mean', 'sum', 'product', 'maximum', 'minimum'] as const)('%s does not depend on the order', (name) => {
    const shuffled = some.chain((ys) =>
      fc.tuple(fc.constant(ys), fc.shuffledSubarray(ys, { minLength: ys.length, maxLength: ys.length })),
    );
    fc.assert(
      fc.property(shuffled, ([ys, others]) => {
        const config = configOf(name, ys.length);
        const one = forward(config, ys, shapesOf(ys));
        expect(worstError(forward(config, others, shapesOf(ys)), one)).toBeLessThan(FLOAT32_TOLERANCE);
      }),
    );
  });

  it.each([
    { name: 'sum', neutral: 0 },
    { name: 'product', neutral: 1 },
    { name: 'maximum', neutral: -Infinity },
    { name: 'minimum', neutral: Infinity },
  ] as const)('$neutral changes nothing in a $name', ({ name, neutral }) => {
    fc.assert(
      fc.property(some, (ys) => {
        const more = [...ys, new Array<number>(ROWS * width).fill(neutral)];
        expect(forward(configOf(name, more.length), more, shapesOf(more))).toEqual(
          forward(configOf(name, ys.length), ys, shapesOf(ys)),
        );
      }),
    );
  });

  it.each(['mean', 'maximum', 'minimum'] as const)('%s of equal members is that member', (name) => {
    fc.assert(
      fc.property(member, fc.integer({ min: 1, max: 5 }), (y, count) => {
        const ys = new Array<number[]>(count).fill(y);
        expect(worstError(forward(configOf(name, count), ys, shapesOf(ys)), y)).toBeLessThan(FLOAT32_TOLERANCE);
      }),
    );
  });

  it('a mean is a weighted mean with equal weights, and weights count by proportion alone', () => {
    fc.assert(
      fc.property(some, fc.double({ min: 0.01, max: 100, noNaN: true }), (ys, weight) => {
        const config = configOf('mean', ys.length);
        const equal = weightedMean(
          config.members,
          ys.map(() => weight),
        );
        const expected = forward(config, ys, shapesOf(ys));
        // Either of the two is rounded, and where numbers of both signs meet they are larger than their mean.
        const largest = Math.max(1, ...ys.flat().map(Math.abs));
        const error = worstError(forward(equal, ys, shapesOf(ys)), expected);
        expect(error).toBeLessThan(2 * FLOAT32_TOLERANCE * largest);
      }),
    );
  });

  it('a concatenation can be taken apart: its backward is its inverse', () => {
    const widths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(widths, fc.integer({ min: 1, max: 3 }), (sizes, positions) => {
        const shapes = sizes.map((size) => [positions, size]);
        const ys = outputsOf(shapes);
        const config = configOf('concatenate', ys.length);
        const out = forward(config, ys, shapes);
        expect(backward(config, ys, out, shapes)).toEqual(float32(ys));
      }),
    );
  });

  it.each(['maximum', 'minimum'] as const)('%s gives the gradient of equals to the first', (name) => {
    fc.assert(
      fc.property(member, fc.integer({ min: 2, max: 5 }), (y, count) => {
        const ys = new Array<number[]>(count).fill(y);
        const dout = Float32Array.from(numbers(y.length, 9));
        const dys = backward(configOf(name, count), ys, dout, shapesOf(ys));
        expect(dys[0]).toEqual(dout);
        expect(dys.slice(1).every((dy) => dy.every((v) => v === 0))).toBe(true);
      }),
    );
  });

  it.each(['mean', 'sum', 'product', 'maximum', 'minimum'] as const)('%s does not hide a NaN', (name) => {
    const ys = [
      [1, NaN, 3],
      [NaN, 2, 5],
    ].map((row) => new Array(ROWS).fill(row).flat() as number[]);
    const out = forward(configOf(name, 2), ys, shapesOf(ys));
    expect([...out.subarray(0, 3)].map((v) => Number.isNaN(v))).toEqual([true, true, false]);
  });

  it('a product with zeros has the gradients of the others', () => {
    const batch = batchOf(product(['a', 'b']), [Float32Array.of(0, 0, 2), Float32Array.of(3, 0, 5)], [[3], [3]], 1);
    const dys = batch.ys.map((y) => new Float32Array(y.length));
    product.definition.backward(batch, Float32Array.of(1, 1, 1), dys);
    expect(dys.map((dy) => [...dy])).toEqual([
      [3, 0, 5],
      [0, 0, 2],
    ]);
  });
});

describe('specs', () => {
  it('know their members', () => {
    expectTypeOf(mean(['cnn1', 'cnn2'])).toEqualTypeOf<MergeSpec<'cnn1' | 'cnn2'>>();
    expectTypeOf(weightedMean(['cnn1', 'cnn2'], [1, 2])).toEqualTypeOf<MergeSpec<'cnn1' | 'cnn2'>>();
    expectTypeOf(direct('cnn3')).toEqualTypeOf<MergeSpec<'cnn3'>>();
    expectTypeOf<MergeSpec<'cnn3'>>().toExtend<MergeConfig>();
    expectTypeOf<MergeSpec<'cnn3'>>().not.toExtend<MergeSpec<'cnn1'>>();
  });

  it('are plain data of their own', () => {
    const names = ['a', 'b'];
    const spec = weightedMean(names, [1, 2]);
    names.push('c');
    expect(JSON.parse(JSON.stringify(spec))).toEqual({ merge: 'weightedMean', members: ['a', 'b'], weights: [1, 2] });
  });

  it.each(cases)('are complete: $config', ({ config }) => {
    expect(resolveMerge(config, 'out')).toEqual(config);
  });

  it('can be made of a list of names by `map`', () => {
    expect(['a', 'b'].map(direct)).toEqual([direct('a'), direct('b')]);
  });
});
