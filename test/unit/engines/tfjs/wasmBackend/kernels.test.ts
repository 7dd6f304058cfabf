import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTfjsEngine } from '../../../../../src/engines/tfjs/index.js';
import { difference, randomNumbers } from '../helpers.js';

/** Sums of up to 23 040 float32 products; the cpu kernels add them up in float64. */
const KERNEL_TOLERANCE = 1e-5;

type Size4D = [number, number, number, number];
type Pair = [number, number];

const warn = vi.spyOn(console, 'warn');
let tensors = 0;

beforeAll(async () => {
  await createTfjsEngine();
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
  expect(warn).not.toHaveBeenCalled();
});

/** Runs something on one of tfjs's backends, in the same thread. */
function on(backend: 'cpu' | 'wasm', compute: () => tf.Tensor): Float32Array {
  void tf.setBackend(backend);
  const result = tf.tidy(() => compute().dataSync<'float32'>().slice());
  void tf.setBackend('wasm');
  return result;
}

function expectSame(compute: () => tf.Tensor): void {
  const wasm = on('wasm', compute);
  expect(difference(wasm, on('cpu', compute))).toBeLessThan(KERNEL_TOLERANCE);
}

function random<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> {
  return tf.tensor<R>(randomNumbers(tf.util.sizeFromShape(shape), seed), shape);
}

const CONVOLUTIONS: [x: Size4D, filter: Size4D, strides: Pair, pad: 'same' | 'valid' | number][] = [
  [[2, 5, 7, 1], [3, 3, 1, 4], [1, 1], 'same'],
  [[2, 5, 7, 1], [3, 3, 1, 4], [1, 1], 'valid'],
  [[3, 9, 6, 3], [2, 4, 3, 5], [2, 1], 'same'],
  [[3, 9, 6, 3], [2, 4, 3, 5], [2, 3], 'valid'],
  [[1, 8, 8, 25], [1, 1, 25, 7], [1, 1], 'same'],
  [[1, 8, 8, 25], [1, 1, 25, 7], [2, 2], 'valid'],
  [[2, 7, 5, 25], [5, 3, 25, 2], [3, 2], 'same'],
  [[2, 6, 6, 3], [3, 3, 3, 2], [1, 1], 2],
  // more than one chunk of images
  [[40, 24, 24, 1], [2, 2, 1, 25], [1, 1], 'same'],
];

describe('gradients of convolutions', () => {
  it.each(CONVOLUTIONS)(
    'of %j by %j, strides %j, padding %j are those of the cpu kernels',
    (x, filter, strides, pad) => {
      const round = typeof pad === 'number' ? 'floor' : undefined;
      const compute = (of: 0 | 1) => () => {
        const [dx, dFilter] = tf.grads((a, b) =>
          tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad, 'NHWC', 1, round).square(),
        )([random(x, 1), random(filter, 2)]);
        const gradient = of === 0 ? dx : dFilter;
        if (gradient === undefined) throw new Error('no gradient');
        return gradient;
      };
      expectSame(compute(0));
      expectSame(compute(1));
    },
  );

  it.each([
    [[2, 9, 8, 1], [3, 3, 1, 4], [2, 2], 'same'],
    [[2, 9, 8, 3], [3, 2, 3, 4], [3, 1], 'valid'],
  ] as [Size4D, Size4D, Pair, 'same' | 'valid'][])(
    'of %j by %j with dilations %j, padding %j are adjoint to the convolution',
    (xShape, filterShape, dilations, pad) => {
      tf.tidy(() => {
        const [x, filter] = [random<tf.Rank.R4>(xShape, 1), random<tf.Rank.R4>(filterShape, 2)];
        const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
          tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, pad, 'NHWC', dilations);
        const dy = random(convolve(x, filter).shape, 3);
        const [dx, dFilter] = tf.grads(convolve)([x, filter], dy);
        if (dx === undefined || dFilter === undefined) throw new Error('no gradient');
        // <dy, conv(x', f)> = <dx, x'> and <dy, conv(x, f')> = <dFilter, f'>, whatever x' and f' are
        for (let seed = 10; seed < 20; seed++) {
          const [otherX, otherFilter] = [random<tf.Rank.R4>(xShape, seed), random<tf.Rank.R4>(filterShape, seed)];
          const inner = (a: tf.Tensor, b: tf.Tensor): Float32Array => a.mul(b).sum().dataSync<'float32'>();
          expect(difference(inner(dx, otherX), inner(dy, convolve(otherX, filter)))).toBeLessThan(1e-5);
          expect(difference(inner(dFilter, otherFilter), inner(dy, convolve(x, otherFilter)))).toBeLessThan(1e-5);
        }
      });
    },
  );
});

it.each([
  [[2, 6, 6, 3], 2, 2, 'valid'],
  [[2, 7, 5, 1], 3, 2, 'same'],
  [[3, 7, 5, 25], 3, 1, 'same'],
] as [Size4D, number, number, 'same' | 'valid'][])(
  'the gradient of maxPool of %j, size %j, strides %j, padding %j is that of the cpu kernel',
  (shape, size, strides, pad) => {
    expectSame(() => tf.grad((x) => tf.maxPool(x as tf.Tensor4D, size, strides, pad).square())(random(shape, 1)));
    // Ties, as after relu: the gradient goes to the first.
    expectSame(() => tf.grad((x) => tf.maxPool(tf.relu(x as tf.Tensor4D), size, strides, pad).exp())(random(shape, 2)));
  },
);

it.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('matMul with transposes %j, %j is that of the cpu kernel, for matrices and batches of them', (left, right) => {
  for (const batch of [[], [1], [3]]) {
    expectSame(() => {
      const a = random([...batch, ...(left ? [7, 5] : [5, 7])], 1);
      const b = random([...batch, ...(right ? [6, 7] : [7, 6])], 2);
      return tf.matMul(a, b, left, right);
    });
  }
});

describe('kernels that only the JavaScript backend has', () => {
  it.each([
    [[2, 7, 6, 3], [3, 3, 3, 2], 1, 'same'],
    [[2, 7, 6, 3], [2, 3, 3, 1], 2, 'valid'],
  ] as [Size4D, Size4D, number, 'same' | 'valid'][])(
    'give the gradients of a depthwise convolution of %j by %j',
    (x, filter, strides, pad) => {
      for (const of of [0, 1]) {
        expectSame(() => {
          const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
            tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad).square();
          const gradient = tf.grads(convolve)([random(x, 1), random(filter, 2)])[of];
          if (gradient === undefined) throw new Error('no gradient');
          return gradient;
        });
      }
    },
  );

  it('leave no memory behind', () => {
    const step = (): void => {
      on('wasm', () => tf.unsortedSegmentSum(random([6, 4], 1), tf.tensor1d([0, 1, 0, 2, 1, 0], 'int32'), 3));
    };
    step();
    const before = [tf.backend().numDataIds(), tf.findBackend('cpu').numDataIds()];
    for (let i = 0; i < 5; i++) step();
    expect([tf.backend().numDataIds(), tf.findBackend('cpu').numDataIds()]).toEqual(before);
  });

  it('take int32 and several operands', () => {
    expectSame(() => tf.einsum('ij,jk->ik', random([3, 4], 1), random([4, 5], 2)));
  });
});
