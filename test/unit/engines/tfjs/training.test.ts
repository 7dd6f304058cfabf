import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/engines/engine.js';
import { createTfjsEngine } from '../../../../src/engines/tfjs/index.js';
import { variableOf } from '../../../../src/engines/tfjs/layers.js';
import { adam, sgd } from '../../../../src/train/optimizers/index.js';
import { createMember, difference, noExchange, randomNumbers, type TestMember } from './helpers.js';

/** The same float32 operations, but for the loss's end of the chain. */
const GRADIENT_TOLERANCE = 1e-6;

const ROWS = 4;
const STEP = { rows: ROWS, seed: 7 };

let engine: Engine;
let tensors = 0;

beforeAll(async () => {
  await createTfjsEngine();
});
beforeEach(async () => {
  tensors = tf.memory().numTensors;
  engine = await createTfjsEngine();
});
afterEach(() => {
  engine.close();
  tf.disposeVariables(); // those of the tests' own models
  expect(tf.memory().numTensors).toBe(tensors);
});

function cnn(activation: 'softmax' | 'sigmoid' | 'linear' = 'softmax'): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [6, 6, 2] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, activation }),
    ],
  });
}

/** Weights before minus weights after: with SGD at a learning rate of 1, the gradients. */
function stepGradients(test: TestMember, rows = ROWS, exchange: () => void = noExchange): Float32Array[] {
  const before = test.weights();
  engine.train([test.member], { ...STEP, rows }, exchange);
  const after = test.weights();
  return before.map((weight, i) => weight.map((value, j) => value - (after[i]?.[j] ?? Number.NaN)));
}

/** Gradients of a loss of the model's output that tfjs takes itself, in the order of `model.weights`. */
function ownGradients(model: tf.LayersModel, x: tf.Tensor, loss: (y: tf.Tensor) => tf.Scalar): Float32Array[] {
  return tf.tidy(() => {
    const variables = model.trainableWeights.map(variableOf);
    const { grads } = tf.variableGrads(() => loss(model.apply(x, { training: true }) as tf.Tensor), variables);
    return variables.map(({ name }) => grads[name]?.dataSync<'float32'>().slice() ?? new Float32Array());
  });
}

function inputOf(test: TestMember, rows = ROWS): tf.Tensor {
  const [shape = []] = test.plan.inputShapes;
  const values = test.member.inputs[0] ?? new Float32Array();
  return tf.tensor(values.slice(0, (values.length / ROWS) * rows), [rows, ...shape]);
}

function expectClose(actual: readonly Float32Array[], expected: readonly Float32Array[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, array] of actual.entries()) {
    expect(difference(array, expected[i] ?? [])).toBeLessThan(tolerance);
  }
}

describe('gradients', () => {
  it.each(['linear', 'softmax', 'sigmoid'] as const)(
    'through the outputs are those of one fused loss, after %s',
    async (activation) => {
      const model = cnn(activation);
      const test = await createMember(engine, model);
      const dy = tf.tensor(test.slots.outputGradient, [ROWS, 5]);
      const x = inputOf(test);
      const expected = ownGradients(model, x, (y) => y.mul(dy).sum());
      expectClose(stepGradients(test), expected, GRADIENT_TOLERANCE);
      tf.dispose([dy, x]);
    },
  );

  it('through the logits are those of a cross-entropy on logits', async () => {
    const model = cnn();
    const test = await createMember(engine, model);
    const labels = tf.tidy(() => tf.oneHot(tf.tensor1d([0, 3, 1, 4], 'int32'), 5).toFloat());
    const x = inputOf(test);
    const expected = ownGradients(model, x, (y) => y.log().mul(labels).mul(-1).sum());
    const target = labels.dataSync<'float32'>();
    const gradients = stepGradients(test, ROWS, () => {
      test.slots.outputGradient.fill(0);
      test.slots.logitsGradient?.set(test.slots.output.map((p, i) => p - (target[i] ?? 0)));
    });
    expectClose(gradients, expected, 1e-5); // p - t here, 1/p there
    tf.dispose([labels, x]);
  });

  it('of a batch with fewer rows leave the other rows out', async () => {
    const model = cnn('linear');
    const test = await createMember(engine, model);
    const rest = test.slots.output.subarray(3 * 5).fill(42);
    const dy = tf.tensor(test.slots.outputGradient.slice(0, 3 * 5), [3, 5]);
    const x = inputOf(test, 3);
    const expected = ownGradients(model, x, (y) => y.mul(dy).sum());
    expectClose(stepGradients(test, 3), expected, GRADIENT_TOLERANCE);
    expect([...rest]).toEqual([42, 42, 42, 42, 42]);
    tf.dispose([dy, x]);
  });

  it('include the regularisers of layers that are trained, and the member reports their sum', async () => {
    const kernelRegularizer = tf.regularizers.l2({ l2: 0.1 });
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, kernelRegularizer, inputShape: [4] }),
        tf.layers.dense({ units: 2, kernelRegularizer, trainable: false }),
      ],
    });
    const test = await createMember(engine, model);
    test.slots.outputGradient.fill(0);
    const [kernel = new Float32Array()] = test.weights();
    const [gradient = []] = stepGradients(test);
    expect(
      difference(
        gradient,
        kernel.map((value) => 0.2 * value),
      ),
    ).toBeLessThan(GRADIENT_TOLERANCE);
    expect(test.member.regularization).toBeCloseTo(0.1 * kernel.reduce((sum, value) => sum + value ** 2, 0), 6);
  });

  it('of weights that are not trained are not taken, nested models too', async () => {
    const inner = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
    inner.trainable = false;
    const input = tf.input({ shape: [4] });
    const output = tf.layers.dense({ units: 2 }).apply(inner.apply(input)) as tf.SymbolicTensor;
    const test = await createMember(engine, tf.model({ inputs: input, outputs: output }));
    const changed = stepGradients(test).map((gradient) => gradient.some((value) => value !== 0));
    expect(changed).toEqual(test.plan.weights.map(({ trainable }) => trainable));
    expect(test.plan.weights.map(({ trainable }) => trainable)).toEqual([true, true, false, false]);
  });
});

describe('logits', () => {
  it.each(['softmax', 'sigmoid'] as const)('are given beside the outputs of %s', async (activation) => {
    const model = cnn(activation);
    const test = await createMember(engine, model);
    engine.infer([test.member], STEP);
    const x = inputOf(test);
    const logits = tf.tensor(test.slots.logits ?? [], [ROWS, 5]);
    const [expected, applied] = [
      model.predict(x) as tf.Tensor,
      activation === 'softmax' ? logits.softmax() : logits.sigmoid(),
    ];
    expect(difference(test.slots.output, expected.dataSync())).toBeLessThan(GRADIENT_TOLERANCE);
    expect(difference(applied.dataSync(), test.slots.output)).toBeLessThan(GRADIENT_TOLERANCE);
    tf.dispose([x, logits, expected, applied]);
  });

  it('come out of a Softmax layer and of a nested model too', async () => {
    const inner = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.softmax({ axis: -1 })],
    });
    const input = tf.input({ shape: [4] });
    const model = tf.model({ inputs: input, outputs: inner.apply(input) as tf.SymbolicTensor });
    const test = await createMember(engine, model);
    expect(test.plan.logits).toBe('softmax');
    engine.infer([test.member], STEP);
    const x = inputOf(test);
    const expected = model.predict(x) as tf.Tensor;
    expect(difference(test.slots.output, expected.dataSync())).toBeLessThan(GRADIENT_TOLERANCE);
    expect(difference(test.slots.logits ?? [], test.slots.output)).toBeGreaterThan(0.1);
    tf.dispose([x, expected]);
  });
});

describe('state', () => {
  it('has the moving averages of BatchNormalization', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.batchNormalization({ momentum: 0.9 })],
    });
    const test = await createMember(engine, model);
    const x = inputOf(test);
    tf.tidy(() => {
      model.apply(x, { training: true }); // moves its averages as well
    });
    engine.train([test.member], STEP, noExchange);
    const averages = test.weights().slice(-2);
    expectClose(
      averages,
      model
        .getWeights()
        .slice(-2)
        .map((weight) => weight.dataSync<'float32'>()),
      GRADIENT_TOLERANCE,
    );
    expect(averages[0]).not.toEqual(new Float32Array(3));
    x.dispose();
  });

  it.each([
    { scale: false, center: true },
    { scale: true, center: false },
    { scale: false, center: false },
  ])('of BatchNormalization with %j trains, where tfjs itself throws', async (options) => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.batchNormalization(options)],
    });
    const test = await createMember(engine, model);
    expect(stepGradients(test)[0]?.some((value) => value !== 0)).toBe(true);
    expect([...test.slots.output].every(Number.isFinite)).toBe(true);
  });

  it('of a BatchNormalization that is not trained stays as it is', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [4] }),
        tf.layers.batchNormalization({ trainable: false }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const test = await createMember(engine, model);
    const before = test.weights();
    const gradients = stepGradients(test);
    expect(test.weights().slice(4)).toEqual(before.slice(4));
    expect(gradients[0]?.some((value) => value !== 0)).toBe(true);
  });

  it('is stored as it was loaded, and goes on from there', async () => {
    const model = cnn();
    const optimizer = adam({ learningRate: 0.01 });
    const first = await createMember(engine, model, { optimizer });
    for (let i = 0; i < 3; i++) engine.train([first.member], STEP, noExchange);
    first.member.store(first.state);
    expect(first.state.iterations[0]).toBe(3);

    const second = await createMember(engine, model, { optimizer });
    second.member.load(first.state);
    second.member.store(second.state);
    expect(second.state).toEqual(first.state);

    for (const { member, state } of [first, second]) {
      engine.train([member], STEP, noExchange);
      member.store(state);
    }
    expect(second.state).toEqual(first.state);
  });

  it('is as before the step when the exchange throws', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.batchNormalization()],
    });
    const test = await createMember(engine, model, { optimizer: adam() });
    engine.train([test.member], STEP, noExchange);
    test.member.store(test.state);
    const before = structuredClone(test.state);
    const count = tf.memory().numTensors;
    const stop = new Error('stopped');
    expect(() => {
      engine.train([test.member], STEP, () => {
        throw stop;
      });
    }).toThrow(stop);
    expect(tf.memory().numTensors).toBe(count);
    test.member.store(test.state);
    expect(test.state).toEqual(before);
    engine.infer([test.member], STEP);
    const output = test.slots.output.slice();
    test.member.load(before);
    engine.infer([test.member], STEP);
    expect(test.slots.output).toEqual(output);
  });

  it('keeps the constraints of weights', async () => {
    const kernelConstraint = tf.constraints.nonNeg();
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, kernelConstraint, inputShape: [4] })] });
    const test = await createMember(engine, model, { optimizer: sgd({ learningRate: 100 }) });
    engine.train([test.member], STEP, noExchange);
    expect(test.weights()[0]?.every((value) => value >= 0)).toBe(true);
  });
});

describe('steps', () => {
  it('of two members in one call are those of each alone, bit for bit', async () => {
    const models = [cnn(), tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })];
    const members = async (): Promise<TestMember[]> =>
      Promise.all(models.map((model, i) => createMember(engine, model, { optimizer: adam(), seed: i })));
    const [together, alone] = [await members(), await members()];
    for (let step = 0; step < 3; step++) {
      engine.train(
        together.map(({ member }) => member),
        STEP,
        noExchange,
      );
      for (const { member } of alone) engine.train([member], STEP, noExchange);
    }
    for (const [i, test] of together.entries()) {
      expect(test.weights()).toEqual(alone[i]?.weights());
      expect(test.slots.output).toEqual(alone[i]?.slots.output);
    }
  });

  it('keep the number of tensors', async () => {
    const test = await createMember(engine, cnn(), { optimizer: adam() });
    engine.train([test.member], STEP, noExchange);
    const before = [tf.memory().numTensors, tf.backend().numDataIds()];
    for (let i = 0; i < 3; i++) {
      engine.train([test.member], STEP, noExchange);
      engine.infer([test.member], STEP);
    }
    expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
  });

  it('take several inputs', async () => {
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [2] })];
    const output = tf.layers.dense({ units: 2 }).apply(tf.layers.concatenate().apply(inputs)) as tf.SymbolicTensor;
    const test = await createMember(engine, tf.model({ inputs, outputs: output }));
    const [a = new Float32Array(), b = new Float32Array()] = test.member.inputs;
    const [, bias = []] = stepGradients(test);
    const dy = test.slots.outputGradient;
    expect([a.length, b.length]).toEqual([3 * ROWS, 2 * ROWS]);
    expect(
      difference(
        bias,
        [0, 1].map((unit) => dy.reduce((sum, value, i) => (i % 2 === unit ? sum + value : sum), 0)),
      ),
    ).toBeLessThan(1e-6);
  });

  it('train an RNN and reach the regularisers of its cell', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.lstm({ units: 3, inputShape: [5, 2], kernelRegularizer: 'l1l2' }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const test = await createMember(engine, model);
    expect(stepGradients(test).every((gradient) => gradient.some((value) => value !== 0))).toBe(true);
    expect(test.member.regularization).toBeGreaterThan(0);
  });
});

it('refuses a member whose JSON does not give its weights', async () => {
  const model = cnn();
  const other = tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [6] })] });
  const broken = { ...(await createMember(engine, model)).plan, topology: other.toJSON(null, false) as object };
  const slots = { output: randomNumbers(20, 1), outputGradient: null, logits: null, logitsGradient: null };
  await expect(
    engine.create({ plan: broken, optimizer: null, batchSize: ROWS, slots, memory: null }),
  ).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining('kernel') as string,
  });
});
