import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../../src/engines/engine.js';
import { createWasmEngine } from '../../../../../src/engines/wasm/index.js';
import { createMember, difference, noExchange, type TestMember } from '../../tfjs/helpers.js';

/** Float32 results against the same formulas in float64, relative to the largest number of an array. */
const TOLERANCE = 1e-5;

const wasm: Engine = createWasmEngine();

afterEach(() => {
  tf.disposeVariables();
});

/** A layer after a dense layer that changes nothing, whose weights' gradient is xᵀ times that of the layer's input. */
function behindIdentity(layer: tf.layers.Layer, width: number): tf.Sequential {
  const identity = tf.layers.dense({
    units: width,
    inputShape: [width],
    kernelInitializer: 'identity',
    useBias: false,
  });
  return tf.sequential({ layers: [identity, layer] });
}

function inputOf({ member }: TestMember): Float32Array {
  return member.inputs[0] ?? new Float32Array();
}

/** Weights as they are now, by their names without the layer's. */
function weightsOf(made: TestMember): (name: string) => Float32Array {
  const weights = made.weights();
  return (name) => weights[made.plan.weights.findIndex((spec) => spec.name.endsWith(`/${name}`))] ?? new Float32Array();
}

interface Normalization {
  readonly groups: number;
  readonly size: number;
  /** Index of a group's number i. */
  readonly at: (group: number, i: number) => number;
}

/** Numbers of `rows` rows of `width`, normalised by columns as in batch normalization, or by rows as in layer normalization. */
const byColumns = (rows: number, width: number): Normalization => ({
  groups: width,
  size: rows,
  at: (group, i) => i * width + group,
});
const byRows = (rows: number, width: number): Normalization => ({
  groups: rows,
  size: width,
  at: (group, i) => group * width + i,
});

/** In float64: normalised numbers, and from dy the gradient of what was normalised. */
function reference({ groups, size, at }: Normalization, x: Float32Array, dy: Float32Array, epsilon: number) {
  const normal = new Float64Array(groups * size);
  const dx = new Float64Array(groups * size);
  const [means, variances]: [number[], number[]] = [[], []];
  for (let group = 0; group < groups; group++) {
    const mean = (value: (index: number) => number): number => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += value(at(group, i));
      return sum / size;
    };
    const average = mean((i) => x[i] ?? 0);
    const variance = mean((i) => ((x[i] ?? 0) - average) ** 2);
    means.push(average);
    variances.push(variance);
    const deviation = Math.sqrt(variance + epsilon);
    for (let i = 0; i < size; i++) normal[at(group, i)] = ((x[at(group, i)] ?? 0) - average) / deviation;
    const slope = mean((i) => (dy[i] ?? 0) * (normal[i] ?? 0));
    const shift = mean((i) => dy[i] ?? 0);
    for (let i = 0; i < size; i++) {
      const index = at(group, i);
      dx[index] = ((dy[index] ?? 0) - shift - (normal[index] ?? 0) * slope) / deviation;
    }
  }
  return { normal, dx, means, variances };
}

/** xᵀ · y of two arrays of rows of `width` numbers. */
function products(x: ArrayLike<number>, y: ArrayLike<number>, width: number): number[] {
  return Array.from({ length: width * width }, (_, to) => {
    let sum = 0;
    for (let i = 0; i < x.length; i += width) sum += (x[i + Math.floor(to / width)] ?? 0) * (y[i + (to % width)] ?? 0);
    return sum;
  });
}

/** For each column: Σ x · y, or Σ x. */
function columnSums(x: ArrayLike<number>, width: number, y?: ArrayLike<number>): number[] {
  return Array.from({ length: width }, (_, column) => {
    let sum = 0;
    for (let i = column; i < x.length; i += width) sum += (x[i] ?? 0) * (y?.[i] ?? 1);
    return sum;
  });
}

const minus = (x: ArrayLike<number>, y: ArrayLike<number>): number[] =>
  Array.from(x, (value, i) => value - (y[i] ?? 0));

describe('BatchNormalization of the wasm engine', () => {
  it.each([
    [4, 1],
    [65, 3],
    [130, 8],
    [300, 25],
  ])('gives what float64 gives for %i rows of %i', async (rows, width) => {
    const layer = tf.layers.batchNormalization({ epsilon: 1e-3, momentum: 0 });
    const made = await createMember(wasm, behindIdentity(layer, width), { batchSize: rows });
    const before = weightsOf(made);
    const expected = reference(byColumns(rows, width), inputOf(made), made.slots.outputGradient, 1e-3);
    wasm.train([made.member], { rows, seed: 1 }, noExchange);
    const after = weightsOf(made);
    expect(difference(made.slots.output, expected.normal)).toBeLessThan(TOLERANCE);
    expect(difference(after('moving_mean'), expected.means)).toBeLessThan(TOLERANCE);
    expect(difference(after('moving_variance'), expected.variances)).toBeLessThan(TOLERANCE);
    const gradient = (name: string): number[] => minus(before(name), after(name));
    const { outputGradient } = made.slots;
    expect(difference(gradient('kernel'), products(inputOf(made), expected.dx, width))).toBeLessThan(TOLERANCE);
    expect(difference(gradient('gamma'), columnSums(outputGradient, width, expected.normal))).toBeLessThan(TOLERANCE);
    expect(difference(gradient('beta'), columnSums(outputGradient, width))).toBeLessThan(TOLERANCE);
  });

  it('has exact statistics of numbers that are far from 0, and forgets larger batches', async () => {
    const width = 5;
    const layer = tf.layers.batchNormalization({ momentum: 0 });
    const made = await createMember(wasm, behindIdentity(layer, width), { batchSize: 300 });
    const input = inputOf(made);
    for (const [i, value] of input.entries()) input[i] = 5000 + value;
    for (const rows of [300, 70, 3]) {
      const used = input.subarray(0, rows * width);
      const { means, variances, normal } = reference(byColumns(rows, width), used, new Float32Array(), 1e-3);
      made.slots.outputGradient.fill(0); // leaves the layer before as it is
      wasm.train([made.member], { rows, seed: 1 }, noExchange);
      const after = weightsOf(made);
      expect(difference(after('moving_mean'), means)).toBeLessThan(1e-7);
      expect(difference(after('moving_variance'), variances)).toBeLessThan(1e-6);
      // The mean is rounded to float32, as in every other engine: 2.4e-4 at 5000, of a deviation of 0.6.
      expect(difference(made.slots.output.subarray(0, used.length), normal)).toBeLessThan(1e-3);
    }
  });

  it('leaves its moving statistics as they were where the exchange throws', async () => {
    const made = await createMember(wasm, behindIdentity(tf.layers.batchNormalization(), 3));
    const before = made.weights();
    const fail = (): never => {
      throw new Error('no exchange');
    };
    expect(() => {
      wasm.train([made.member], { rows: 4, seed: 1 }, fail);
    }).toThrow('no exchange');
    expect(made.weights()).toEqual(before);
  });
});

describe('LayerNormalization of the wasm engine', () => {
  it.each([
    [{ scale: true, center: true }, 25],
    [{ scale: false, center: true }, 6],
    [{ scale: true, center: false }, 7],
    [{ scale: false, center: false }, 3],
  ])('gives with %o what float64 gives for rows of %i', async (options, width) => {
    const rows = 70;
    const layer = tf.layers.layerNormalization({ ...options, epsilon: 1e-3 });
    const made = await createMember(wasm, behindIdentity(layer, width), { batchSize: rows });
    const before = weightsOf(made);
    const { outputGradient, output } = made.slots;
    const expected = reference(byRows(rows, width), inputOf(made), outputGradient, 1e-3);
    wasm.train([made.member], { rows, seed: 1 }, noExchange);
    const after = weightsOf(made);
    const gradient = (name: string): number[] => minus(before(name), after(name));
    expect(difference(output, expected.normal)).toBeLessThan(TOLERANCE);
    expect(difference(gradient('kernel'), products(inputOf(made), expected.dx, width))).toBeLessThan(TOLERANCE);
    const sums = columnSums(outputGradient, width, expected.normal);
    expect(difference(gradient('gamma'), options.scale ? sums : [])).toBeLessThan(TOLERANCE);
    expect(difference(gradient('beta'), options.center ? columnSums(outputGradient, width) : [])).toBeLessThan(
      TOLERANCE,
    );
  });

  it('centres numbers that are far from 0', async () => {
    const made = await createMember(wasm, behindIdentity(tf.layers.layerNormalization(), 37));
    const input = inputOf(made);
    for (const [i, value] of input.entries()) input[i] = 5000 + value;
    const { normal } = reference(byRows(4, 37), input, new Float32Array(), 1e-3);
    wasm.infer([made.member], { rows: 4, seed: 1 });
    expect(difference(made.slots.output, normal)).toBeLessThan(1e-3);
  });
});

describe('the wasm engine refuses', () => {
  it.each([
    ['a BatchNormalization over another axis', [4, 3], () => tf.layers.batchNormalization({ axis: 1 }), '`axis` 1'],
    ['a LayerNormalization over another axis', [4, 3], () => tf.layers.layerNormalization({ axis: 1 }), '`axis` [1]'],
    [
      'a LayerNormalization over axes out of order',
      [4, 3],
      () => tf.layers.layerNormalization({ axis: [2, 1] }),
      '`axis`',
    ],
    [
      'a DepthwiseConv2D with dilation',
      [9, 9, 3],
      () => tf.layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2 }),
      '`dilation_rate` [2,2]',
    ],
    [
      'channels first',
      [9, 9, 3],
      () => tf.layers.separableConv2d({ filters: 2, kernelSize: 3, dataFormat: 'channelsFirst' }),
      '`data_format`',
    ],
  ] as const)('%s', async (_name, shape, layer, message) => {
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [...shape] }), layer()] });
    await expect(createMember(wasm, model)).rejects.toThrow(message);
  });
});
