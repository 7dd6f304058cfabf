import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../src/engines/tfjs/backend.js';
import { replaceMaxPooling } from '../../src/engines/tfjs/tensorflow/maxPooling.js';
import { difference, randomNumbers } from '../unit/engines/tfjs/helpers.js';

type Size = [number, number];
interface Windows {
  readonly poolSize: Size;
  readonly strides: Size;
  readonly padding: 'valid' | 'same';
}

const SHAPE: [number, number, number, number] = [3, 6, 6, 2];

beforeAll(() => selectBackend('tensorflow'));

describe('max pooling in training', () => {
  it.each<[string, Windows]>([
    ['windows of 2 x 2', { poolSize: [2, 2], strides: [2, 2], padding: 'valid' }],
    ['windows of 3 x 2', { poolSize: [3, 2], strides: [3, 2], padding: 'same' }],
    ['windows of 1 x 6', { poolSize: [1, 6], strides: [1, 6], padding: 'valid' }],
    ['windows that leave a rest', { poolSize: [4, 4], strides: [4, 4], padding: 'valid' }],
    ['windows that are cut off', { poolSize: [4, 4], strides: [4, 4], padding: 'same' }],
    ['windows that overlap', { poolSize: [3, 3], strides: [1, 2], padding: 'same' }],
  ])('gives what TensorFlow gives, ties included: %s', (_name, { poolSize, strides, padding }) => {
    const layer = tf.layers.maxPooling2d({ poolSize, strides, padding });
    replaceMaxPooling([{ layer, path: '', place: '' }]);
    // Few different numbers, so that many windows have their largest twice.
    const numbers = randomNumbers(216, 1).map((value) => Math.round(2 * value));
    const x = tf.tensor4d(numbers, SHAPE);
    const own = tf.valueAndGrad((input) => (layer.apply(input, { training: true }) as tf.Tensor).square());
    const expected = tf.valueAndGrad((input) => tf.maxPool(input as tf.Tensor4D, poolSize, strides, padding).square());
    const [actual, wanted] = [own(x), expected(x)];
    expect(difference(actual.value.dataSync(), wanted.value.dataSync())).toBe(0);
    expect(difference(actual.grad.dataSync(), wanted.grad.dataSync())).toBe(0);
  });
});
