import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import { createTfjsEngine } from '../../src/engines/tfjs/index.js';
import { binding } from '../../src/engines/tfjs/tensorflow/ops.js';
import { adam } from '../../src/train/optimizers/index.js';
import { createMember, noExchange, type TestMember } from '../unit/engines/tfjs/helpers.js';

/** Steps that an engine takes before it replays them. */
const RECORDED = 3;
const STEPS = RECORDED + 3;
const ROWS = 4;

const { layers } = tf;
const sequential = (...list: tf.layers.Layer[]) => tf.sequential({ layers: list });
const dense = (options = {}) => layers.dense({ units: 3, ...options });

function residual(): tf.LayersModel {
  const input = tf.input({ shape: [6, 6, 2] });
  const conv = layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }).apply(input) as tf.SymbolicTensor;
  const norm = layers.batchNormalization({}).apply(conv) as tf.SymbolicTensor;
  const sum = layers.add().apply([input, norm]) as tf.SymbolicTensor;
  const pooled = layers.globalAveragePooling2d({}).apply(layers.reLU({}).apply(sum)) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: dense().apply(pooled) as tf.SymbolicTensor });
}

const models: Readonly<Record<string, () => tf.LayersModel>> = {
  'a convolutional network with dropout': () =>
    sequential(
      layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.3 }),
      layers.flatten(),
      dense({ activation: 'softmax' }),
    ),
  'moving averages, in a residual network': residual,
  'noise of other kinds': () =>
    sequential(
      dense({ units: 8, inputShape: [5] }),
      layers.gaussianNoise({ stddev: 0.2 }),
      layers.gaussianDropout({ rate: 0.2 }),
      layers.alphaDropout({ rate: 0.2 }),
      dense(),
    ),
  regularizers: () =>
    sequential(
      dense({ inputShape: [5], kernelRegularizer: tf.regularizers.l1l2(), biasRegularizer: tf.regularizers.l2() }),
      dense(),
    ),
  'a recurrent network': () => sequential(layers.lstm({ units: 4, inputShape: [5, 3] }), layers.layerNormalization()),
  'a weight that is not trained': () =>
    sequential(dense({ inputShape: [5], trainable: false, activation: 'tanh' }), dense()),
};

/** Multiplies with a number that differs from call to call. */
class CallCounter extends tf.layers.Layer {
  static readonly className = 'CallCounter';
  #calls = 0;

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = [inputs].flat();
    return (input ?? tf.scalar(0)).mul(++this.#calls);
  }
}
tf.serialization.registerClass(CallCounter);

const layerCalls = vi.spyOn(tf.layers.Layer.prototype, 'apply');

function tensors(): number {
  return (binding() as unknown as { getNumOfTensors(): number }).getNumOfTensors();
}

let replaying: Engine;
let plain: Engine;
beforeAll(async () => {
  replaying = await createTfjsEngine('tensorflow');
  plain = await createTfjsEngine('tensorflow', false);
});
afterEach(() => {
  replaying.close();
  plain.close();
  tf.disposeVariables();
});

/** Members that an engine trains together. */
interface Training {
  readonly engine: Engine;
  readonly tests: readonly TestMember[];
}

async function start(engine: Engine, models: readonly tf.LayersModel[]): Promise<Training> {
  const optimizer = adam({ learningRate: 0.1 });
  const tests = models.map((model, i) => createMember(engine, model, { name: `m${i}`, optimizer, batchSize: ROWS }));
  return { engine, tests: await Promise.all(tests) };
}

/** The same members on both engines. */
async function startBoth(...models: tf.LayersModel[]): Promise<{ expected: Training; actual: Training }> {
  return { expected: await start(plain, models), actual: await start(replaying, models) };
}

/** @returns whether it was replayed: past all layers */
function step({ engine, tests }: Training, { rows = ROWS, exchange = noExchange } = {}): boolean {
  const before = layerCalls.mock.calls.length;
  const members = tests.map(({ member }) => member);
  engine.train(members, { rows, seed: 7 }, exchange);
  return layerCalls.mock.calls.length === before;
}

/** Between two passes: the rate is taken over with the state. */
function setLearningRate({ tests }: Training, rate: number): void {
  for (const { member, state } of tests) {
    member.store(state);
    state.learningRate[0] = rate;
    member.load(state);
  }
}

function steps(training: Training, count: number): void {
  for (let i = 0; i < count; i++) step(training);
}

/** What steps have left: outputs, regularisation losses, weights. */
function results({ tests }: Training): unknown {
  return tests.map((test) => [test.slots.output.slice(), test.member.regularization, test.weights()]);
}

describe('a replayed step', () => {
  it.each(Object.entries(models))('gives the same bits as any other: %s', async (_name, build) => {
    const { expected, actual } = await startBoth(build());
    for (let i = 0; i < STEPS; i++) {
      step(expected);
      expect(step(actual), `step ${i} was replayed`).toBe(i >= RECORDED);
      expect(results(actual)).toEqual(results(expected));
    }
  });

  it('takes inputs and gradients anew, for several members at once', async () => {
    const { expected, actual } = await startBoth(residual(), residual());
    for (let i = 0; i < STEPS; i++) {
      for (const training of [expected, actual]) {
        for (const { member } of training.tests) member.inputs[0]?.fill(0.1 * i, 0, 20);
        const exchange = (): void => {
          for (const { slots } of training.tests) slots.outputGradient.fill(slots.output[0] ?? 0, 0, 3);
        };
        step(training, { exchange });
      }
      expect(results(actual)).toEqual(results(expected));
    }
  });

  it('may be followed by a smaller batch, an evaluation and weights from elsewhere', async () => {
    const { expected, actual } = await startBoth(residual());
    for (const training of [expected, actual]) {
      steps(training, STEPS);
      step(training, { rows: ROWS - 1 });
      steps(training, 2);
      const members = training.tests.map(({ member }) => member);
      training.engine.infer(members, { rows: ROWS, seed: 7 });
    }
    expect(results(actual)).toEqual(results(expected));
    for (const training of [expected, actual]) {
      for (const { member, state } of training.tests) member.load({ ...state, weights: state.weights.fill(0.25) });
      step(training);
    }
    expect(results(actual)).toEqual(results(expected));
  });

  it('follows a learning rate that was set before a pass', async () => {
    const { expected, actual } = await startBoth(residual());
    for (const training of [expected, actual]) {
      steps(training, STEPS);
      setLearningRate(training, 0.5);
    }
    step(expected);
    expect(step(actual), 'the step was replayed').toBe(true);
    expect(results(actual)).toEqual(results(expected));
  });

  it('leaves weights and tensors as they were where its exchange fails', async () => {
    const training = await start(replaying, [residual()]);
    steps(training, STEPS);
    const weights = (): unknown => training.tests.map((test) => test.weights());
    const before = { weights: weights(), tensors: tensors() };
    const exchange = (): void => {
      throw new Error('stopped');
    };
    expect(() => step(training, { exchange })).toThrow('stopped');
    expect({ weights: weights(), tensors: tensors() }).toEqual(before);
  });

  it('leaves no tensors behind, in a thousand steps and after close', async () => {
    const model = residual();
    const before = tensors();
    const training = await start(replaying, [model]);
    steps(training, STEPS);
    const inTraining = tensors();
    steps(training, 1000);
    expect(tensors()).toBe(inTraining);
    replaying.close();
    expect(tensors()).toBe(before);
  });
});

describe('a step is not replayed', () => {
  it.each<[string, tf.layers.Layer]>([
    ['of a layer that does something else each time', new CallCounter()],
    ['of a weight with a constraint, which looks at numbers', dense({ kernelConstraint: 'maxNorm' })],
  ])('%s', async (_name, layer) => {
    const { expected, actual } = await startBoth(sequential(dense({ inputShape: [5] }), layer));
    for (let i = 0; i < STEPS; i++) {
      step(expected);
      expect(step(actual)).toBe(false);
      expect(results(actual)).toEqual(results(expected));
    }
  });

  it('of a batch that is smaller than others', async () => {
    const training = await start(replaying, [residual()]);
    for (let i = 0; i < STEPS; i++) expect(step(training, { rows: ROWS - 1 })).toBe(false);
  });
});
