import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it } from 'vitest';
import type { Engine } from '../../../../../src/engines/engine.js';
import { createWasmEngine } from '../../../../../src/engines/wasm/index.js';
import { createMember, difference, noExchange, randomNumbers } from '../../tfjs/helpers.js';

/** Float32 results against the same sums in float64, relative to the largest number of an array. */
const TOLERANCE = 1e-5;

const ROWS = 70;

const wasm: Engine = createWasmEngine();

afterEach(() => {
  tf.disposeVariables();
});

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly window: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly stride: number;
  readonly multiplier: number;
  readonly filters: number;
  readonly padding: 'valid' | 'same';
}

// tfjs trains no separable convolution with dilation, and loses its `depth_multiplier`.
// prettier-ignore
const CASES: Case[] = [
  { height: 7, width: 9, channels: 3, window: [3, 3], dilation: [2, 2], stride: 1, multiplier: 2, filters: 5, padding: 'same' },
  { height: 9, width: 8, channels: 5, window: [3, 2], dilation: [1, 3], stride: 1, multiplier: 1, filters: 4, padding: 'valid' },
  { height: 6, width: 5, channels: 1, window: [2, 4], dilation: [1, 1], stride: 2, multiplier: 4, filters: 3, padding: 'same' },
];

it.each(CASES)('a separable convolution gives what float64 gives: %o', async (shape) => {
  const { height, width, channels, window, dilation, stride, multiplier, filters, padding } = shape;
  const entry = tf.layers.conv2d({ kernelSize: 1, filters: channels, inputShape: [height, width, channels] });
  const layer = tf.layers.separableConv2d({
    kernelSize: [...window],
    dilationRate: [...dilation],
    strides: stride,
    depthMultiplier: multiplier,
    filters,
    padding,
  });
  const model = tf.sequential({ layers: [entry, layer] });
  const random = (shapeOf: readonly number[], seed: number) =>
    tf.tensor(
      randomNumbers(
        shapeOf.reduce((a, b) => a * b, 1),
        seed,
      ),
      [...shapeOf],
    );
  const depthwiseShape = [...window, channels, multiplier];
  const pointwiseShape = [1, 1, channels * multiplier, filters];
  const eye = tf.eye(channels).reshape([1, 1, channels, channels]);
  model.setWeights([
    eye,
    tf.zeros([channels]),
    random(depthwiseShape, 1),
    random(pointwiseShape, 2),
    random([filters], 3),
  ]);
  const made = await createMember(wasm, model, { batchSize: ROWS });
  const before = made.weights();
  wasm.train([made.member], { rows: ROWS, seed: 1 }, noExchange);
  const gradients = made.weights().map((weight, i) => weight.map((value, j) => (before[i]?.[j] ?? 0) - value));
  const x = made.member.inputs[0] ?? new Float32Array();
  const expected = reference(shape, x, made.slots.outputGradient, before);
  expect(difference(made.slots.output, expected.y), 'output').toBeLessThan(TOLERANCE);
  expect(difference(gradients[0] ?? [], expected.dEntry), 'input').toBeLessThan(TOLERANCE);
  expect(difference(gradients[2] ?? [], expected.dDepthwise), 'depthwise kernel').toBeLessThan(TOLERANCE);
  expect(difference(gradients[3] ?? [], expected.dPointwise), 'pointwise kernel').toBeLessThan(TOLERANCE);
});

/** Both convolutions at once: y[f] = b[f] + Σ x[c] · d[p, q, c, m] · w[c, m, f], term by term. */
function reference(shape: Case, x: Float32Array, dy: Float32Array, weights: readonly Float32Array[]) {
  const { height, width, channels, window, dilation, stride, multiplier, filters, padding } = shape;
  const along = (size: number, i: 0 | 1): { count: number; before: number } => {
    const reach = (window[i] - 1) * dilation[i] + 1;
    if (padding === 'valid') return { count: Math.floor((size - reach) / stride) + 1, before: 0 };
    const count = Math.ceil(size / stride);
    return { count, before: Math.floor(Math.max((count - 1) * stride + reach - size, 0) / 2) };
  };
  const [rows, columns] = [along(height, 0), along(width, 1)];
  const [, , depthwise = [], pointwise = [], bias = []] = weights as readonly ArrayLike<number>[];
  const y = new Float64Array(dy.length);
  const dx = new Float64Array(x.length);
  const dDepthwise = new Float64Array(depthwise.length);
  const dPointwise = new Float64Array(pointwise.length);
  for (const i of y.keys()) y[i] = bias[i % filters] ?? 0;
  const add = (to: Float64Array, i: number, value: number): void => {
    to[i] = (to[i] ?? 0) + value;
  };
  const pixel = (row: number, i: number, j: number, p: number, q: number): void => {
    const [yy, xx] = [i * stride + p * dilation[0] - rows.before, j * stride + q * dilation[1] - columns.before];
    if (yy < 0 || yy >= height || xx < 0 || xx >= width) return;
    for (let copy = 0; copy < channels * multiplier; copy++) {
      const from = ((row * height + yy) * width + xx) * channels + Math.floor(copy / multiplier);
      const tap = (p * window[1] + q) * channels * multiplier + copy;
      const [value, factor] = [x[from] ?? 0, depthwise[tap] ?? 0];
      for (let filter = 0; filter < filters; filter++) {
        const to = ((row * rows.count + i) * columns.count + j) * filters + filter;
        const weight = pointwise[copy * filters + filter] ?? 0;
        const gradient = dy[to] ?? 0;
        add(y, to, value * factor * weight);
        add(dx, from, gradient * factor * weight);
        add(dDepthwise, tap, gradient * value * weight);
        add(dPointwise, copy * filters + filter, gradient * value * factor);
      }
    }
  };
  for (let row = 0; row < ROWS; row++) {
    for (let i = 0; i < rows.count; i++) {
      for (let j = 0; j < columns.count; j++) {
        for (let p = 0; p < window[0]; p++) for (let q = 0; q < window[1]; q++) pixel(row, i, j, p, q);
      }
    }
  }
  const dEntry = new Float64Array(channels * channels);
  for (let i = 0; i < x.length; i += channels) {
    for (const to of dEntry.keys())
      add(dEntry, to, (x[i + Math.floor(to / channels)] ?? 0) * (dx[i + (to % channels)] ?? 0));
  }
  return { y, dDepthwise, dPointwise, dEntry };
}
