import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engines/engine.js';
import { createEngine } from '../../../src/engines/index.js';
import { testedEngines, type TestedEngine } from '../../engines.js';
import type { OptimizerConfig } from '../../../src/train/optimizers/registry.js';
import { sizeOf } from '../../../src/protocol/shape.js';
import { adam, sgd } from '../../../src/train/optimizers/index.js';
import { createMember, noExchange, randomNumbers, type TestMember } from './tfjs/helpers.js';

/**
 * The layers of both engines held against Keras 3: `test/fixtures/keras-layers.json`, written by `scripts/record_keras_layers.py`, whose
 * head has the rules for weights and data that this file follows.
 */

/** Float32 against Keras in float64, relative to the largest number of an array. */
const TOLERANCE = 1e-5;
/** ... but to no less than this part of the largest number in all arrays of the kind: a gradient that is 0 leaves a rounding error. */
const LEAST_SCALE = 0.01;

const SGD = sgd({ learningRate: 0.1 });
const ADAM = adam({ learningRate: 0.1, beta1: 0.875, beta2: 0.984375, epsilon: 0.01 });
/** A learning rate at which the weights themselves are as good as nothing beside their step; a power of two loses no digits. */
const LONG_STEP = 1024;

interface RecordedCase {
  readonly name: string;
  readonly input: number[];
  readonly rows: readonly number[];
  readonly inputScale: number;
  readonly layers: readonly [className: string, name: string, options: object, inputs: readonly string[]][];
  readonly seed: number;
  readonly weights: readonly [name: string, shape: number[], trained: boolean][];
  readonly outputs: string;
  readonly gradients: string;
  readonly regularization: number;
  readonly sgd: string;
  readonly inference: string;
  readonly adam: string;
}

const { cases } = JSON.parse(readFileSync(new URL('../../fixtures/keras-layers.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly RecordedCase[];
};

/** The model of a case, in the JSON that Keras 2 writes. */
async function buildModel({ input, layers }: RecordedCase): Promise<tf.LayersModel> {
  const ends = (names: readonly string[]) => names.map((name) => [name, 0, 0]);
  const inputLayer = {
    class_name: 'InputLayer',
    name: 'input',
    config: { name: 'input', batch_input_shape: [null, ...input], dtype: 'float32' },
    inbound_nodes: [],
  };
  const others = layers.map(([className, name, options, inputs]) => ({
    class_name: className,
    name,
    config: { name, ...options },
    inbound_nodes: [ends(inputs).map((end) => [...end, {}])],
  }));
  const last = layers.at(-1)?.[1] ?? 'input';
  const config = {
    name: 'model',
    layers: [inputLayer, ...others],
    input_layers: ends(['input']),
    output_layers: ends([last]),
  };
  return tf.models.modelFromJSON({ class_name: 'Model', config });
}

function initialWeight(name: string, shape: readonly number[], seed: number): Float32Array {
  const size = sizeOf(shape);
  const scale = shape.length > 1 ? Math.sqrt((2 * (shape.at(-1) ?? 1)) / size) : 0.3;
  const least = name.endsWith('/gamma') || name.endsWith('/moving_variance') ? 1 : 0;
  return randomNumbers(size, seed).map((value) => least + scale * value);
}

function setWeights(model: tf.LayersModel, { weights, seed }: RecordedCase): void {
  tf.tidy(() => {
    const tensors = model.weights.map(({ originalName }) => {
      const index = weights.findIndex(([name]) => name === originalName);
      const [name, shape] = weights[index] ?? ['', []];
      return tf.tensor(initialWeight(name, shape, 1000 * seed + 2 + index), shape);
    });
    model.setWeights(tensors);
  });
}

/** The case's model in an engine, with the case's data. */
async function start(
  engine: Engine,
  model: tf.LayersModel,
  { rows, input, inputScale, seed }: RecordedCase,
  optimizer: OptimizerConfig,
): Promise<TestMember> {
  const [batchSize = 0] = rows;
  const test = await createMember(engine, model, { optimizer, batchSize });
  const inputs = randomNumbers(batchSize * sizeOf(input), 1000 * seed).map((value) => inputScale * value);
  test.member.inputs[0]?.set(inputs);
  test.slots.outputGradient.set(randomNumbers(test.slots.outputGradient.length, 1000 * seed + 1));
  return test;
}

type Arrays = ReadonlyMap<string, Float32Array>;

function weightsOf(test: TestMember): Arrays {
  const values = test.weights();
  return new Map(test.plan.weights.map(({ name }, i) => [name, values[i] ?? new Float32Array()]));
}

type Sized = readonly [name: string, size: number];

/** Cuts what was recorded into arrays. */
function decode(base64: string, sizes: readonly Sized[]): Arrays {
  const bytes = Buffer.from(base64, 'base64');
  const all = Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  let offset = 0;
  const arrays = new Map(sizes.map(([name, size]) => [name, all.slice(offset, (offset += size))]));
  expect(offset, 'recorded numbers').toBe(all.length);
  return arrays;
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The largest difference, relative to the largest number expected, which is taken to be `least` at least. */
function off(actual: ArrayLike<number>, expected: ArrayLike<number>, least = 0): number {
  const differences = Array.from(expected, (value, i) => (actual[i] ?? Number.NaN) - value);
  return largest(differences) / Math.max(largest(expected), least, Number.MIN_VALUE);
}

function expectClose(actual: Arrays, expected: Arrays, what: string): void {
  expect([...actual.keys()].sort(), what).toEqual([...expected.keys()].sort());
  const least = LEAST_SCALE * Math.max(...[...expected.values()].map(largest));
  for (const [name, values] of expected) {
    expect(off(actual.get(name) ?? [], values, least), `${what} ${name}`).toBeLessThan(TOLERANCE);
  }
}

/** The gradients of a step of SGD(LONG_STEP), from the difference that it makes to the weights. */
function differentiate(engine: Engine, test: TestMember, rows: number): Arrays {
  const before = weightsOf(test);
  engine.train([test.member], { rows, seed: 0 }, noExchange);
  const after = weightsOf(test);
  const gradient = (name: string): Float32Array => {
    const [start, end] = [before.get(name), after.get(name)];
    return (start ?? new Float32Array()).map((value, i) => (value - (end?.[i] ?? Number.NaN)) / LONG_STEP);
  };
  const trained = test.plan.weights.filter(({ trainable }) => trainable);
  return new Map(trained.map(({ name }) => [name, gradient(name)]));
}

/** Goes through what was recorded. */
async function check(engine: Engine, recorded: RecordedCase): Promise<void> {
  const { rows, weights } = recorded;
  const sizes = weights.map(([name, shape]): Sized => [name, sizeOf(shape)]);
  const trained = sizes.filter((_, i) => weights[i]?.[2]);
  const [first = 0] = rows;
  const last = rows.at(-1) ?? 0;
  const model = await buildModel(recorded);
  setWeights(model, recorded);

  const long = await start(engine, model, recorded, sgd({ learningRate: LONG_STEP }));
  expectClose(differentiate(engine, long, first), decode(recorded.gradients, trained), 'gradient of');
  expect(off([long.member.regularization], [recorded.regularization]), 'regularization').toBeLessThan(TOLERANCE);

  const short = await start(engine, model, recorded, SGD);
  const width = sizeOf(short.plan.outputShape);
  const outputs = rows.map((count, i): [string, Float32Array] => {
    engine.train([short.member], { rows: count, seed: 0 }, noExchange);
    return [`of step ${i}`, short.slots.output.slice(0, count * width)];
  });
  const outputSizes = rows.map((count, i): Sized => [`of step ${i}`, count * width]);
  expectClose(new Map(outputs), decode(recorded.outputs, outputSizes), 'outputs');
  expectClose(weightsOf(short), decode(recorded.sgd, sizes), 'after SGD,');
  engine.infer([short.member], { rows: last, seed: 0 });
  const inferred = new Map([['outputs', short.slots.output.slice(0, last * width)]]);
  expectClose(inferred, decode(recorded.inference, [['outputs', last * width]]), 'inferred');

  const adaptive = await start(engine, model, recorded, ADAM);
  engine.train([adaptive.member], { rows: first, seed: 0 }, noExchange);
  expectClose(weightsOf(adaptive), decode(recorded.adam, sizes), 'after Adam,');
}

interface Exception {
  readonly reason: string;
  readonly names: readonly string[];
  readonly error: RegExp;
}

/** Cases that the engine `tfjs` can't run, or runs otherwise than Keras. */
const TFJS_EXCEPTIONS: readonly Exception[] = [
  {
    reason: 'tfjs has no gradients of dilated convolutions',
    names: [
      'conv2d 3x2, dilation 2, valid',
      'conv2d 3x3, dilations 2 and 3, same',
      'conv2d 2x3, dilations 1 and 2, same',
      'separableConv2d 3x2, dilation 2',
    ],
    error: /dilation rates greater than 1 are not yet supported/,
  },
  {
    reason: 'tfjs divides gradients by the size of whole windows, padding included',
    names: [
      'averagePooling2d of overlapping windows, same',
      'averagePooling2d of 2, same',
      'averagePooling1d of 4, stride 3, same',
    ],
    error: /^gradient of entry/,
  },
];

/** As of the engine `tfjs`, whose own kernels take part of them. */
const TENSORFLOW_EXCEPTIONS: readonly Exception[] = [
  {
    reason: 'tfjs has no gradients of dilated convolutions',
    names: [
      'conv2d 3x2, dilation 2, valid',
      'conv2d 3x3, dilations 2 and 3, same',
      'conv2d 2x3, dilations 1 and 2, same',
      'conv1d of 3, dilation 2, 25 to 1',
      'conv1d of 3, dilation 3, same',
      'conv2d with dilation and maxPooling2d as one',
      'separableConv2d 3x2, dilation 2',
    ],
    error: /dilation rates greater than 1 are not yet supported/,
  },
];

const EXCEPTIONS: Readonly<Record<TestedEngine, readonly Exception[]>> = {
  wasm: [],
  tfjs: TFJS_EXCEPTIONS,
  tensorflow: TENSORFLOW_EXCEPTIONS,
};

describe.each(testedEngines)('the engine %s gives what Keras gives', (name) => {
  let engine: Engine;
  const exceptions = EXCEPTIONS[name];
  const exceptional = exceptions.flatMap(({ names }) => names);
  const covered = cases.filter(({ name }) => !exceptional.includes(name));

  beforeAll(async () => {
    engine = await createEngine(name, 'auto');
  });
  afterEach(() => {
    engine.close();
    tf.disposeVariables();
  });

  it.each(covered.map((recorded) => [recorded.name, recorded] as const))('%s', async (_case, recorded) => {
    await check(engine, recorded);
  });

  for (const { reason, names, error } of exceptions) {
    it.each(names)(`... but not of %s: ${reason}`, async (name) => {
      const recorded = cases.find((other) => other.name === name);
      if (recorded === undefined) throw new Error(`Expected a recorded case "${name}"`);
      await expect(check(engine, recorded)).rejects.toThrow(error);
    });
  }
});
