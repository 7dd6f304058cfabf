import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { Engine } from '../../../../../src/engines/engine.js';
import { createTfjsEngine } from '../../../../../src/engines/tfjs/index.js';
import { createWasmEngine } from '../../../../../src/engines/wasm/index.js';
import { sgd } from '../../../../../src/train/optimizers/index.js';
import { createMember, difference, noExchange, randomNumbers } from '../../tfjs/helpers.js';

/**
 * Relative to the largest number of an array where that is above 1: two engines that add up float32 products, up to some thousands of
 * them, in another order.
 */
export const TOLERANCE = 1e-5;

/** Layers one after the other, or a graph that goes on from a tensor. */
export type Layers = (x: tf.SymbolicTensor) => tf.layers.Layer[] | tf.SymbolicTensor;
export type Size = number[];

/** Layers after one that has weights, so that the gradient of their input is seen in those. */
export function after(inputShape: Size, layers: Layers): tf.LayersModel {
  const entry =
    inputShape.length === 3
      ? tf.layers.conv2d({ filters: inputShape[2] ?? 1, kernelSize: 1, inputShape })
      : tf.layers.dense({ units: inputShape.at(-1) ?? 1, inputShape });
  const input = tf.input({ shape: inputShape });
  const made = layers(apply(entry, input));
  return Array.isArray(made) ? tf.sequential({ layers: [entry, ...made] }) : tf.model({ inputs: input, outputs: made });
}

export function apply(layer: tf.layers.Layer, inputs: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor {
  return layer.apply(inputs) as tf.SymbolicTensor;
}

/** The same weights in every run, of a size that keeps numbers in the middle of the activations. */
export function fillWeights(model: tf.LayersModel): void {
  tf.tidy(() => {
    const filled = model.weights.map(({ shape, originalName }, i) => {
      const sizes = shape.map(Number);
      const size = sizes.reduce((product, n) => product * n, 1);
      const scale = sizes.length > 1 ? Math.sqrt((2 * (sizes.at(-1) ?? 1)) / size) : 0.3;
      const least = originalName.endsWith('moving_variance') || originalName.endsWith('gamma') ? 1 : 0;
      return tf.tensor(
        randomNumbers(size, i + 1).map((value) => least + scale * value),
        sizes,
      );
    });
    model.setWeights(filled);
  });
}

/** Trains a model with both engines by batches of so many rows, and compares outputs and weights. */
export async function expectSame(model: tf.LayersModel, steps: readonly number[]): Promise<void> {
  const tfjs: Engine = await createTfjsEngine();
  const wasm: Engine = createWasmEngine();
  fillWeights(model);
  const batchSize = Math.max(...steps);
  const options = { batchSize, optimizer: sgd({ learningRate: 0.5 / batchSize }) };
  const expected = await createMember(tfjs, model, options);
  const actual = await createMember(wasm, model, options);
  const before = actual.weights();
  for (const rows of steps) {
    for (const [engine, { member }] of [
      [tfjs, expected],
      [wasm, actual],
    ] as const) {
      engine.train([member], { rows, seed: 3 }, noExchange);
    }
    expect(difference(actual.slots.output, expected.slots.output), `outputs of ${rows} rows`).toBeLessThan(TOLERANCE);
  }
  const weights = expected.weights();
  for (const [i, weight] of actual.weights().entries()) {
    const { name = '', trainable } = actual.plan.weights[i] ?? {};
    expect(difference(weight, weights[i] ?? []), name).toBeLessThan(TOLERANCE);
    if (trainable === true) expect(difference(weight, before[i] ?? []), `${name} has moved`).toBeGreaterThan(0);
  }
  tfjs.infer([expected.member], { rows: batchSize, seed: 3 });
  wasm.infer([actual.member], { rows: batchSize, seed: 3 });
  expect(difference(actual.slots.output, expected.slots.output), 'inference').toBeLessThan(TOLERANCE);
  tfjs.close();
  tf.disposeVariables();
}
