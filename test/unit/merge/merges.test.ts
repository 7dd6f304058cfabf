import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { EnsembleError } from '../../../src/errors.js';
import {
  checkMerge,
  concatenate,
  direct,
  maximum,
  mean,
  merges,
  minimum,
  product,
  sum,
  weightedMean,
  type MergeSpec,
} from '../../../src/merge/index.js';
import type { MergeConfig, MergeName, Shape } from '../../../src/protocol/plan.js';
import { sizeOf } from '../../../src/protocol/shape.js';
import { differences, dot, doubles, numbers, worstError } from '../../reference/numeric.js';

/** One rounding to float32. */
const FLOAT32_TOLERANCE = 1e-7;
/** tfjs computes in float32 throughout: a few roundings. */
const TFJS_TOLERANCE = 1e-6;
/** Central differences in float64 leave about 1e-10. */
const GRADIENT_TOLERANCE = 1e-8;

const ROWS = 4;

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

const outputsOf = (shapes: readonly Shape[], rows = ROWS): number[][] =>
  shapes.map((shape, i) => numbers(rows * sizeOf(shape), i + 1));

function forward(config: MergeConfig, ys: readonly (readonly number[])[], shapes: readonly Shape[]): Float32Array {
  const merge = merges[config.merge];
  const out = new Float32Array(ROWS * sizeOf(merge.outputShape(config, shapes))).fill(NaN);
  merge.forward(
    config,
    ys.map((y) => Float32Array.from(y)),
    out,
    ROWS,
    shapes,
  );
  return out;
}

describe.each(cases)('$config.merge of $shapes', ({ config, shapes, outputShape, reference }) => {
  const merge = merges[config.merge];

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
    merge.backward(config, ys, dout, dys, ROWS, shapes);

    const out = doubles(new Array<number>(size).fill(NaN));
    const value = (): number => {
      merge.forward(config, ys, out, ROWS, shapes);
      return dot(out, dout);
    };
    for (const [i, y] of ys.entries()) {
      const expected = differences(y, value).map((d) => d + 5);
      expect(worstError(dys[i] ?? [], expected)).toBeLessThan(GRADIENT_TOLERANCE);
    }
  });

  it('leaves rows beyond the batch alone', () => {
    const ys = outputsOf(shapes).map((y) => Float32Array.from(y));
    const out = new Float32Array(ROWS * sizeOf(outputShape)).fill(7);
    const dys = ys.map((y) => new Float32Array(y.length));
    merge.forward(config, ys, out, 1, shapes);
    merge.backward(config, ys, out, dys, 1, shapes);
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
    expect(() => merges[config.merge].outputShape(config, shapes)).toThrow(
      expect.objectContaining<Partial<EnsembleError>>({ code: 'SHAPE_MISMATCH', message }),
    );
  });
});

describe('one member', () => {
  const alone: readonly MergeConfig[] = [
    direct('a'),
    mean(['a']),
    weightedMean(['a'], [0.3]),
    sum(['a']),
    product(['a']),
    maximum(['a']),
    minimum(['a']),
    concatenate(['a']),
  ];

  it('is there for every merge', () => {
    expect(alone.map(({ merge }) => merge)).toEqual(Object.keys(merges));
  });

  it.each(alone)('$merge is the member itself', (config) => {
    const merge = merges[config.merge];
    const shapes = [[2, 3]];
    const ys = outputsOf(shapes);
    expect(worstError(forward(config, ys, shapes), ys[0] ?? [])).toBeLessThan(FLOAT32_TOLERANCE);
    const dout = Float32Array.from(numbers(ROWS * 6, 9));
    const dy = new Float32Array(ROWS * 6);
    merge.backward(
      config,
      ys.map((y) => Float32Array.from(y)),
      dout,
      [dy],
      ROWS,
      shapes,
    );
    expect(worstError(dy, dout)).toBeLessThan(FLOAT32_TOLERANCE);
  });

  it.each(alone)('$merge becomes one linear layer', (config) => {
    const input = tf.input({ shape: [2, 3] });
    const output = merges[config.merge].layer(config, tf.layers, 'merged', [input]);
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
        const ys = outputsOf(shapes).map((y) => Float32Array.from(y));
        const config = configOf('concatenate', ys.length);
        const out = forward(
          config,
          ys.map((y) => [...y]),
          shapes,
        );
        const apart = ys.map((y) => new Float32Array(y.length));
        merges.concatenate.backward(config, ys, out, apart, ROWS, shapes);
        expect(apart).toEqual(ys);
      }),
    );
  });

  it.each(['maximum', 'minimum'] as const)('%s gives the gradient of equals to the first', (name) => {
    fc.assert(
      fc.property(member, fc.integer({ min: 2, max: 5 }), (y, count) => {
        const ys = Array.from({ length: count }, () => Float32Array.from(y));
        const dout = Float32Array.from(numbers(y.length, 9));
        const dys = ys.map((each) => new Float32Array(each.length));
        merges[name].backward(configOf(name, count), ys, dout, dys, ROWS, shapesOf(ys));
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
    const ys = [Float32Array.of(0, 0, 2), Float32Array.of(3, 0, 5)];
    const dys = ys.map((y) => new Float32Array(y.length));
    merges.product.backward(product(['a', 'b']), ys, Float32Array.of(1, 1, 1), dys, 1, [[3], [3]]);
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

  it.each(cases)('are accepted: $config', ({ config }) => {
    expect(() => {
      checkMerge(config, 'out');
    }).not.toThrow();
  });

  it.each([
    {
      config: { merge: 'median', members: ['a'] },
      message:
        'Expected output "out" to be a merge: what direct(), mean(), weightedMean(), sum(), product(), maximum(), minimum(), ' +
        "concatenate() return. Received: { merge: 'median', members: [Array] }",
    },
    { config: 'a', message: 'Received: "a"' },
    { config: undefined, message: 'Received: undefined' },
    { config: { merge: 'toString', members: ['a'] }, message: 'to be a merge' },
    { config: mean([]), message: `Expected output "out" to list at least one member's name in mean(). Received: []` },
    { config: { merge: 'mean', members: 'a' }, message: 'Received: "a"' },
    {
      config: sum(['a', 'b', 'a']),
      code: 'DUPLICATE_MEMBER',
      message: 'Expected output "out" to use each member once in sum(). Received: "a" twice',
    },
    { config: { merge: 'direct', members: ['a', 'b'] }, message: 'to have exactly one member in direct()' },
    {
      config: weightedMean(['a', 'b'], [1]),
      message: 'Expected output "out" to have a weight for each of the 2 members in weightedMean(). Received: [ 1 ]',
    },
    { config: { merge: 'weightedMean', members: ['a'] }, message: 'Received: undefined' },
    {
      config: weightedMean(['a', 'b'], [1, -1]),
      message: 'Expected output "out" to have finite weights >= 0 in weightedMean(). Received: [1, -1]',
    },
    { config: weightedMean(['a', 'b'], [1, NaN]), message: 'Received: [1, NaN]' },
    {
      config: weightedMean(['a', 'b'], [0, 0]),
      message: 'Expected output "out" to have weights with a finite sum > 0 in weightedMean(). Received: [0, 0]',
    },
    { config: weightedMean(['a', 'b'], [1e308, 1e308]), message: 'a finite sum > 0' },
  ])('are refused: $config', ({ config, code = 'INVALID_OPTION', message }) => {
    expect(() => {
      checkMerge(config, 'out');
    }).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }));
  });
});
