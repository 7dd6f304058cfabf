import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { isDataValue, toShared, type DataValue } from '../../../src/data/value.js';
import type { SharedArray } from '../../../src/protocol/data.js';

// Keeps the banner of the cpu backend ("install our node backend") out of the tests' output.
tf.env().set('IS_TEST', true);

const input = { end: 'image', role: 'input' } as const;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('toShared: typed arrays', () => {
  it.each([
    ['uint8', Uint8Array.of(1, 2, 3, 250)],
    ['int32', Int32Array.of(-1, 2, 3, 70_000)],
    ['float32', Float32Array.of(0.5, -2, 3, 1e30)],
  ])('copies %s once, in its own type', (_, data) => {
    const shared = toShared({ data, shape: [2, 2], scale: 0.5 }, input);
    expect(shared).toMatchObject({ samples: 2, shape: [2], scale: 0.5, oneHot: null });
    expect(shared.values).toEqual(data);
    expect(shared.values.constructor).toBe(data.constructor);
    expect(shared.values.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('does not copy what lies in shared memory already, whole or a part of it', () => {
    const memory = new SharedArrayBuffer(32);
    const data = new Float32Array(memory, 8, 4);
    const shared = toShared({ data, shape: [4] }, input);
    expect(shared.values.buffer).toBe(memory);
    data[3] = 42;
    expect([...shared.values]).toEqual([0, 0, 0, 42]);
  });

  it('takes a part of a larger buffer, and a Buffer as the bytes that it is', () => {
    const bytes = Buffer.from('abcd').subarray(1, 3);
    const { values } = toShared({ data: bytes, shape: [2] }, input);
    expect(values.constructor).toBe(Uint8Array);
    expect([...values]).toEqual([98, 99]);
  });

  it('gives scalar samples the shape []', () => {
    expect(toShared({ data: Uint8Array.of(1, 2), shape: [2] }, input)).toMatchObject({
      samples: 2,
      shape: [],
      scale: 1,
    });
  });
});

describe('toShared: tensors', () => {
  it.each([
    ['float32', tf.tensor2d([0.5, -1, 2, 3], [2, 2]), Float32Array.of(0.5, -1, 2, 3)],
    ['int32', tf.tensor2d([5, -1, 2, 3], [2, 2], 'int32'), Int32Array.of(5, -1, 2, 3)],
    ['bool', tf.tensor2d([true, false, true, true], [2, 2], 'bool'), Uint8Array.of(1, 0, 1, 1)],
  ])('copies %s into shared memory and leaves the tensor alone', (_, tensor, values) => {
    const before = tf.memory().numTensors;
    const shared = toShared(tensor, input);
    expect(shared).toMatchObject({ samples: 2, shape: [2], scale: 1, oneHot: null });
    expect(shared.values).toEqual(values);
    expect(shared.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(tf.memory().numTensors).toBe(before);
    expect(tensor.isDisposed).toBe(false);
    tensor.dispose();
  });

  it('knows a tensor of another copy of TensorFlow.js by its shape', () => {
    const foreign = { shape: [2], dtype: 'float32', isDisposed: false, dataSync: () => Float32Array.of(1, 2) };
    expect([...toShared(foreign as unknown as DataValue, input).values]).toEqual([1, 2]);
  });
});

describe('toShared: shared arrays', () => {
  const ones = toShared({ data: Float32Array.of(1, 1), shape: [2] }, input);

  it('are passed on as they are', () => {
    expect(toShared(ones, input)).toBe(ones);
  });

  it.each([
    ['a wrong number of samples', { ...ones, samples: 3 }, 'INVALID_DATA'],
    ['no scale', { ...ones, scale: Number.NaN }, 'INVALID_DATA'],
    ['labels beyond their one-hot row', { ...ones, oneHot: 1 }, 'LABEL_OUT_OF_RANGE'],
    ['several labels a sample', { ...ones, samples: 1, shape: [2], oneHot: 3 }, 'INVALID_DATA'],
    ['a NaN', { ...ones, values: new Float32Array(new SharedArrayBuffer(8)).fill(Number.NaN) }, 'NOT_FINITE'],
  ])('are checked: %s', (_, value, code) => {
    expect(() => toShared(value, input)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('toShared refuses', () => {
  const disposed = tf.tensor1d([1]);
  disposed.dispose();
  const scalar = tf.scalar(1);
  const words = tf.tensor1d(['a', 'b']);
  const empty = tf.zeros([0, 3]);
  afterAll(() => {
    tf.dispose([scalar, words, empty]);
  });
  const digits: SharedArray = toShared({ data: Uint8Array.of(1), shape: [1] }, input);
  const data = new Float32Array(6);

  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /tensor, a typed array.*Received: undefined/],
    ['null', null, /Received: null/],
    ['a string', 'digits', /Received: String/],
    ['a function', () => 1, /Received: Function/],
    ['an object without a prototype', Object.create(null), /Received: object/],
    ['an array', [1, 2], /Received: Array/],
    ['an array as data', { data: [1, 2], shape: [2] }, /Uint8Array.*Received: Array.*Float32Array\.from/],
    ['float64', { data: new Float64Array(2), shape: [2] }, /Received: Float64Array.*Float32Array\.from/],
    ['a typed array without a shape', data, /Received: Float32Array without a shape\. Pass \{ data, shape/],
    ['data without a shape', { data }, /shape.*Received: undefined/],
    ['an empty shape', { data, shape: [] }, /Received: no dimensions/],
    ['data that do not fill the shape', { data, shape: [2, 4] }, /8 numbers for shape \[2, 4\]\. Received: 6/],
    ['data beyond the shape', { data, shape: [2, 2] }, /4 numbers for shape \[2, 2\]\. Received: 6/],
    ['no samples', { data: new Float32Array(0), shape: [0, 3] }, /at least one sample\. Received: none/],
    ['a tensor with no samples', empty, /at least one sample/],
    ['a negative dimension', { data, shape: [-2, -3] }, /positive integers\. Received: \[-2, -3\]/],
    ['a broken dimension', { data, shape: [1.5, 4] }, /positive integers/],
    ['samples without numbers', { data: new Float32Array(0), shape: [3, 0] }, /positive integers/],
    ['a scale of 0', { data, shape: [6], scale: 0 }, /scale that is a finite number other than 0\. Received: 0/],
    ['a scale that is no number', { data, shape: [6], scale: '1' }, /Received: String/],
    ['a disposed tensor', disposed, /live tensor\. Received: a disposed tensor/],
    ['a tensor of no dimensions', scalar, /Received: no dimensions/],
    ['a tensor of strings', words, /float32, int32 or bool\. Received: "string"/],
    ['a whole data set', { name: 'd', x: digits, y: digits, classes: 10 }, /Pass its `x`/],
  ])('%s', (_, value, message) => {
    expect(() => toShared(value as DataValue, input)).toThrow(
      expect.objectContaining({
        name: 'EnsembleError',
        code: 'INVALID_DATA',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
    expect(() => toShared(value as DataValue, input)).toThrow('the input "image"');
  });

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
  ])('%s, naming the sample', (name, value) => {
    const given = Float32Array.of(0, 0, 0, 0, 0, value);
    const tensor = tf.tensor2d(given, [3, 2]);
    for (const bad of [{ data: given, shape: [3, 2] }, tensor]) {
      expect(() => toShared(bad, { end: 'combined', role: 'target' })).toThrow(
        expect.objectContaining({
          code: 'NOT_FINITE',
          message: expect.stringMatching(`target "combined".*Received: ${name} in sample 2`) as string,
        }) as Error,
      );
    }
    tensor.dispose();
  });
});

describe('isDataValue', () => {
  const data = Float32Array.of(1);
  const shared = toShared({ data, shape: [1] }, input);
  const tensor = tf.tensor1d([1]);
  afterAll(() => {
    tensor.dispose();
  });

  it.each<[string, unknown, boolean]>([
    ['a tensor', tensor, true],
    ['a typed array with its shape', { data, shape: [1] }, true],
    ['a shared array', shared, true],
    ['a bare typed array (toShared refuses it)', data, true],
    ['a whole data set (toShared refuses it)', { name: 'd', x: shared, y: shared, classes: 2 }, true],
    ['a list', [tensor], false],
    ['a record by name', { image: tensor }, false],
    ['a record whose names are x and y', { x: shared, y: shared }, false],
    ['a record whose names are data and shape', { data: tensor, shape: tensor }, false],
    ['null', null, false],
    ['a number', 1, false],
  ])('%s', (_, value, expected) => {
    expect(isDataValue(value)).toBe(expected);
  });
});

it('has the types of what it takes', () => {
  expectTypeOf<tf.Tensor4D>().toExtend<DataValue>();
  expectTypeOf<SharedArray>().toExtend<DataValue>();
  expectTypeOf<{ data: Uint8Array; shape: number[]; scale: number }>().toExtend<DataValue>();
  expectTypeOf<{ data: Float64Array; shape: number[] }>().not.toExtend<DataValue>();
  expectTypeOf<number[]>().not.toExtend<DataValue>();
});
