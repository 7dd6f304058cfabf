import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { MergeConfig } from '../../../src/protocol/plan.js';
import type { OptimizerConfig } from '../../../src/train/optimizers/registry.js';
import type { LossName } from '../../../src/train/losses/registry.js';
import { layersFromModel, weightShapes, type LayerConfig } from '../../reference/layers.js';
import { lossNode, oneHot } from '../../reference/losses.js';
import { merge } from '../../reference/merges.js';
import * as ops from '../../reference/ops.js';
import { size, Tape, variable, type Dims, type Node } from '../../reference/tape.js';
import {
  predictReference,
  productNoise,
  trainReference,
  type ReferenceMember,
  type ReferenceRun,
} from '../../reference/train.js';

/** ‖analytic − numeric‖ / ‖numeric‖; central differences in float64 leave about 1e-10. */
const GRADIENT_TOLERANCE = 1e-6;
/** Step of the central differences: the cube root of float64's epsilon, about. */
const DIFFERENCE = 1e-5;

/** Numbers from −1 to 1 that are the same in every run: mulberry32. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x8000_0000 - 1;
  });
}

/** Holds the gradient of ⟨seed, f(parameters)⟩ against central differences. */
function expectGradient(
  shapes: readonly Dims[],
  f: (tape: Tape, ...parameters: Node[]) => Node,
  positive = false,
): void {
  const values = shapes.map((shape, s) => numbers(size(shape), s + 1).map((v) => (positive ? 0.55 + v / 2 : v)));
  const run = (backward: boolean): { result: number; grads: Float64Array[] } => {
    const tape = new Tape();
    const parameters = values.map((value, p) => variable(value, shapes[p] ?? []));
    const output = f(tape, ...parameters);
    const seed = numbers(output.value.length, 99);
    if (backward) tape.backward(output, seed);
    const result = output.value.reduce((sum, v, i) => sum + v * (seed[i] ?? 0), 0);
    return { result, grads: parameters.map(({ grad }) => grad ?? new Float64Array(0)) };
  };
  const { grads } = run(true);
  values.forEach((value, p) => {
    expect(
      relativeError(
        grads[p] ?? [],
        differences(value, () => run(false).result),
      ),
    ).toBeLessThan(GRADIENT_TOLERANCE);
  });
}

/** Central differences of f in each element of `value`, which is changed and put back. */
function differences(value: Float64Array, f: () => number): Float64Array {
  return value.slice().map((v, i) => {
    value[i] = v + DIFFERENCE;
    const above = f();
    value[i] = v - DIFFERENCE;
    const below = f();
    value[i] = v;
    return (above - below) / (2 * DIFFERENCE);
  });
}

function relativeError(actual: ArrayLike<number>, expected: Float64Array): number {
  const error = Math.hypot(...expected.map((v, i) => v - (actual[i] ?? NaN)));
  return error / Math.max(Math.hypot(...expected), Number.MIN_VALUE); // nothing expected: only nothing is right
}

describe('the gradients of the reference', () => {
  it.each([
    ['relu', ops.relu, false],
    ['tanh', ops.tanh, false],
    ['sigmoid', ops.sigmoid, false],
    ['softmax', ops.softmax, false],
    ['log', ops.log, true],
    ['normalise', ops.normalise, true],
    ['clip', (tape: Tape, x: Node) => ops.clip(tape, x, -0.4, 0.3), false],
    ['mask', (tape: Tape, x: Node) => ops.mask(tape, x, [0, 2, 2, 0, 2, 0, 0, 2, 2, 2, 0, 2]), false],
    ['reshape', (tape: Tape, x: Node) => ops.reshape(tape, x, [3, 4]), false],
    ['penalty', (tape: Tape, x: Node) => ops.penalty(tape, x, 0.3, 0.7), false],
  ] as const)('%s', (_, f, positive) => {
    expectGradient([[2, 6]], f, positive);
  });

  it('dense, with and without a bias', () => {
    expectGradient([[3, 4], [4, 5], [5]], ops.dense);
    expectGradient(
      [
        [3, 4],
        [4, 5],
      ],
      (tape, x, kernel) => ops.dense(tape, ops.tanh(tape, x), kernel, null),
    );
  });

  it.each([
    [[3, 3], [1, 1], 'same'],
    [[3, 3], [1, 1], 'valid'],
    [[2, 3], [2, 1], 'same'],
    [[3, 2], [2, 3], 'valid'],
    [[1, 1], [3, 2], 'same'],
    [[5, 4], [3, 2], 'same'],
  ] as const)('conv2d, kernel %s, strides %s, %s', (kernel, strides, padding) => {
    const shapes = [[2, 7, 6, 2], [...kernel, 2, 3], [3]];
    expectGradient(shapes, (tape, x, w, bias) => ops.conv2d(tape, x, w, bias, strides, padding));
  });

  it.each([
    [[2, 2], [2, 2], 'valid'],
    [[2, 2], [2, 2], 'same'],
    [[3, 2], [1, 2], 'same'],
    [[3, 3], [2, 1], 'valid'],
  ] as const)('maxPool2d, pool %s, strides %s, %s', (pool, strides, padding) => {
    expectGradient([[2, 5, 7, 3]], (tape, x) => ops.maxPool2d(tape, x, pool, strides, padding));
  });

  it.each(['mean', 'sum', 'product', 'maximum', 'minimum', 'concatenate', 'direct'] as const)('%s', (name) => {
    expectGradient(
      [
        [8, 5],
        [8, 5],
        [4, 3],
      ],
      (tape, ...parts) => merge(tape, { merge: name, members: [] }, parts),
    );
  });

  it('weightedMean', () => {
    const config: MergeConfig = { merge: 'weightedMean', members: [], weights: [1, 2.5, 0.5] };
    expectGradient(
      [
        [8, 5],
        [8, 5],
        [4, 3],
      ],
      (tape, ...parts) => merge(tape, config, parts),
    );
  });

  it('concatenate of parts of different widths', () => {
    expectGradient(
      [
        [8, 5],
        [4, 1],
        [4, 2],
      ],
      (tape, ...parts) => ops.concatenate(tape, parts),
    );
  });

  it('of the first of equal parts, for maximum and minimum', () => {
    for (const name of ['maximum', 'minimum'] as const) {
      const tape = new Tape();
      const parts = [variable([1, 2], [1, 2]), variable([1, 2], [1, 2])];
      tape.backward(merge(tape, { merge: name, members: [] }, parts), [3, 4]);
      expect(parts.map(({ grad }) => [...(grad ?? [])])).toEqual([
        [3, 4],
        [0, 0],
      ]);
    }
  });

  it('of a pool goes to the first of equal elements', () => {
    const tape = new Tape();
    const x = variable([1, 1, 1, 1], [1, 2, 2, 1]);
    tape.backward(ops.maxPool2d(tape, x, [2, 2], [2, 2], 'valid'), [5]);
    expect([...(x.grad ?? [])]).toEqual([5, 0, 0, 0]);
  });

  const distributions = numbers(12, 7).map(Math.abs);
  for (let row = 0; row < 12; row += 4) {
    const sum = distributions.subarray(row, row + 4).reduce((a, b) => a + b);
    for (let i = row; i < row + 4; i++) distributions[i] = (distributions[i] ?? 0) / sum;
  }
  it.each<[LossName, ArrayLike<number>]>([
    ['categoricalCrossentropy', distributions],
    ['sparseCategoricalCrossentropy', [2, 0, 3]],
    ['binaryCrossentropy', numbers(12, 8).map((v) => Number(v > 0))],
    ['meanSquaredError', numbers(12, 9)],
  ])('%s, by probabilities and by logits', (loss, targets) => {
    expectGradient([[3, 4]], (tape, x) => lossNode(tape, loss, x, targets), true);
    expectGradient([[3, 4]], (tape, x) => lossNode(tape, loss, ops.softmax(tape, x), targets));
    expectGradient([[3, 4]], (tape, x) => lossNode(tape, loss, ops.sigmoid(tape, x), targets));
  });
});

const sgd: OptimizerConfig = { optimizer: 'sgd', learningRate: 1, momentum: 0, nesterov: false };

/** A small member of every kind of layer. */
const small: readonly LayerConfig[] = [
  {
    conv2d: {
      filters: 2,
      kernelSize: [3, 2],
      strides: 2,
      padding: 'same',
      activation: 'tanh',
      kernelRegularizer: { l2: 0.01 },
    },
  },
  { maxPooling2d: { poolSize: [2, 1], strides: 1 } },
  { dropout: { rate: 0.25, name: 'drop' } },
  { flatten: {} },
  { dense: { units: 4, activation: 'relu', biasRegularizer: { l1: 0.02 } } },
  { dense: { units: 3 } },
  { activation: { activation: 'softmax' } },
];

function member(name: string, seed: number, more: Partial<ReferenceMember> = {}): ReferenceMember {
  const weights = weightShapes(more.layers ?? small, [5, 5, 1]).map((shape, i) => numbers(size(shape), seed * 100 + i));
  return { name, layers: small, weights, ...more };
}

function images(count: number, seed: number): { values: Float64Array; shape: number[] } {
  return { values: numbers(count * 25, seed), shape: [5, 5, 1] };
}

function labels(count: number): { values: Float64Array; shape: number[] } {
  return {
    values: oneHot(
      Array.from({ length: count }, (_, i) => i % 3),
      3,
    ),
    shape: [3],
  };
}

const run: ReferenceRun = {
  members: [member('a', 1), member('b', 2), member('c', 3)],
  outputs: [
    { name: 'combined', merge: { merge: 'mean', members: ['a', 'b'] }, loss: 'categoricalCrossentropy' },
    { name: 'own', merge: { merge: 'direct', members: ['c'] }, loss: 'categoricalCrossentropy', lossWeight: 0.5 },
  ],
  inputs: { input: images(7, 11) },
  targets: { combined: labels(7), own: labels(7) },
  optimizer: sgd,
  batchSize: 7,
  epochs: 1,
  seed: 5,
};

describe('trainReference', () => {
  it('steps by the gradient of the total loss of the whole graph', () => {
    const { weights } = trainReference(run);
    for (const { name, weights: before } of run.members) {
      before.forEach((initial, w) => {
        const value = initial as Float64Array;
        const numeric = differences(value, () => trainReference(run).parts[0]?.totals[0] ?? NaN);
        const step = value.map((v, i) => v - (weights[name]?.[w]?.[i] ?? NaN));
        expect(relativeError(step, numeric)).toBeLessThan(GRADIENT_TOLERANCE);
      });
    }
  });

  it('adds up: loss = Σ lossWeight · loss + regularisation, at each step and as a mean over samples', () => {
    const { parts, stepLosses, epochs } = trainReference({ ...run, batchSize: 3, epochs: 2 });
    const [part] = parts;
    expect(part?.totals).toHaveLength(6); // batches of 3, 3 and 1
    part?.totals.forEach((total, step) => {
      const sum = (stepLosses['combined']?.[step] ?? 0) + 0.5 * (stepLosses['own']?.[step] ?? 0);
      expect(total).toBeCloseTo(sum + (part.regularisation[step] ?? 0), 12);
    });
    const [a = 0, b = 0, c = 0] = part?.totals ?? [];
    expect(epochs[0]?.loss).toBeCloseTo((3 * a + 3 * b + c) / 7, 12);
  });

  it('trains groups with data sets of different sizes each by its own batches', () => {
    const inputs = { input: images(7, 11), other: images(4, 12) };
    const c = member('c', 3, { input: 'other' });
    const both: ReferenceRun = {
      ...run,
      members: [member('a', 1), member('b', 2), c],
      inputs,
      targets: { combined: labels(7), own: labels(4) },
      batchSize: 3,
      epochs: 2,
    };
    const together = trainReference(both);
    const first = trainReference({ ...both, members: both.members.slice(0, 2), outputs: both.outputs.slice(0, 1) });
    const second = trainReference({ ...both, members: [c], outputs: both.outputs.slice(1) });
    expect(together.weights).toEqual({ ...first.weights, ...second.weights });
    expect(together.stepLosses['own']).toHaveLength(4);
    expect(together.epochs[1]?.loss).toBeCloseTo((first.epochs[1]?.loss ?? 0) + (second.epochs[1]?.loss ?? 0), 12);
  });

  it('leaves alone members that reach no output, and layers that are not to be trained', () => {
    const [frozen, ...rest] = small;
    const layers: LayerConfig[] = [
      {
        conv2d: { ...(frozen && 'conv2d' in frozen ? frozen.conv2d : { filters: 1, kernelSize: 1 }), trainable: false },
      },
      ...rest,
    ];
    const lone = member('lone', 4);
    const part = member('a', 1, { layers });
    const { weights, parts } = trainReference({ ...run, members: [part, member('b', 2), member('c', 3), lone] });
    expect(weights['lone']).toEqual(lone.weights);
    expect(weights['a']?.slice(0, 2)).toEqual(part.weights.slice(0, 2));
    expect(weights['a']?.[2]).not.toEqual(part.weights[2]);
    const penalty = trainReference(run).parts[0]?.regularisation[0] ?? 0;
    expect(parts[0]?.regularisation[0]).toBeLessThan(penalty);
  });

  it('gives a member its own optimizer', () => {
    const slow = trainReference({
      ...run,
      members: [member('a', 1), member('b', 2), member('c', 3, { optimizer: { ...sgd, learningRate: 0 } })],
    });
    const plain = trainReference(run);
    expect(slow.weights['a']).toEqual(plain.weights['a']);
    expect(slow.weights['c']).toEqual(member('c', 3).weights);
  });

  it("draws dropout masks by member, the layer's place, iteration, rows and size: the product's own by default", () => {
    const drawn: unknown[] = [];
    const noise = productNoise(run.seed);
    const recorded = trainReference({
      ...run,
      batchSize: 4,
      noise: (...place) => {
        drawn.push(place);
        return noise(...place);
      },
    });
    const sizes = [12, 12, 12]; // 3 × 3 × 2 after the convolution, 2 × 3 × 2 after the pool
    expect(drawn).toEqual(
      [4, 3].flatMap((rows, step) => ['a', 'b', 'c'].map((name, i) => [name, '2', step, rows, sizes[i], 0.25])),
    );
    expect(recorded.weights).toEqual(trainReference({ ...run, batchSize: 4 }).weights);
  });

  it('predicts: a mean is the mean of its members, a direct output its member', () => {
    const { outputs, members } = predictReference(run);
    outputs['combined']?.forEach((v, i) => {
      expect(v).toBeCloseTo(((members['a']?.[i] ?? NaN) + (members['b']?.[i] ?? NaN)) / 2, 14);
    });
    expect(outputs['own']).toEqual(members['c']);
  });

  it('names data of different numbers of samples in one group', () => {
    expect(() => trainReference({ ...run, targets: { ...run.targets, combined: labels(6) } })).toThrow(
      'the data of a, b have different numbers of samples: 7, 6',
    );
  });
});

describe('layersFromModel', () => {
  it('reads the configuration of a tfjs model', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [6, 6, 1],
          filters: 2,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          name: 'c',
          kernelRegularizer: tf.regularizers.l2({ l2: 0.5 }),
        }),
        tf.layers.maxPooling2d({ name: 'p' }),
        tf.layers.dropout({ rate: 0.3, name: 'd' }),
        tf.layers.flatten({ name: 'f' }),
        tf.layers.dense({ units: 3, useBias: false, trainable: false, name: 'e' }),
        tf.layers.activation({ activation: 'softmax', name: 's' }),
      ],
    });
    const layers = layersFromModel(model);
    expect(layers).toEqual([
      {
        conv2d: {
          name: 'c',
          filters: 2,
          kernelSize: [3, 3],
          strides: [1, 1],
          padding: 'same',
          activation: 'relu',
          useBias: true,
          kernelRegularizer: { l1: 0, l2: 0.5 },
        },
      },
      { maxPooling2d: { name: 'p', poolSize: [2, 2], strides: [2, 2], padding: 'valid' } },
      { dropout: { name: 'd', rate: 0.3, place: 2 } },
      { flatten: { name: 'f' } },
      { dense: { name: 'e', units: 3, activation: 'linear', useBias: false, trainable: false } },
      { activation: { name: 's', activation: 'softmax' } },
    ]);
    // tfjs lists weights that are trained first; here that is Keras's order too.
    expect(weightShapes(layers, [6, 6, 1])).toEqual(model.weights.map(({ shape }) => shape));
    model.dispose();
  });

  it('reads a functional chain and refuses what the reference does not have', () => {
    const x = tf.input({ shape: [4] });
    const y = tf.layers.dense({ units: 2, name: 'y' }).apply(x) as tf.SymbolicTensor;
    expect(layersFromModel(tf.model({ inputs: x, outputs: y }))).toHaveLength(1);
    const fork = tf.layers.add().apply([y, y]) as tf.SymbolicTensor;
    expect(() => layersFromModel(tf.model({ inputs: x, outputs: fork }))).toThrow('chain');
    const normalised = tf.layers.batchNormalization({ name: 'bn' }).apply(y) as tf.SymbolicTensor;
    expect(() => layersFromModel(tf.model({ inputs: x, outputs: normalised }))).toThrow('no BatchNormalization');
  });
});
