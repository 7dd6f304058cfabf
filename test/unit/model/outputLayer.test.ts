import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lastActivation } from '../../../src/model/outputLayer.js';
import { createTfjsEngine } from '../../../src/engines/tfjs/index.js';

// Not needed for what is tested; it keeps tfjs from printing its banner.
beforeAll(async () => {
  await createTfjsEngine();
});
afterEach(() => {
  tf.disposeVariables();
});

type Apply = (input: tf.SymbolicTensor) => tf.SymbolicTensor;

function functional(apply: Apply, shape: number[] = [4]): tf.LayersModel {
  const input = tf.input({ shape });
  return tf.model({ inputs: input, outputs: apply(input) });
}

function of(layer: tf.layers.Layer): Apply {
  return (input) => layer.apply(input) as tf.SymbolicTensor;
}

const dense = (activation: 'softmax' | 'sigmoid' | 'relu' | 'linear', inputShape?: number[]): tf.layers.Layer =>
  tf.layers.dense({ units: 3, activation, ...(inputShape && { inputShape }) });

const sequential = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });

describe('lastActivation', () => {
  it.each([
    ['softmax', () => sequential(dense('softmax', [4]))],
    ['sigmoid', () => sequential(dense('sigmoid', [4]))],
    ['softmax', () => functional(of(dense('softmax')))],
    ['softmax', () => functional(of(tf.layers.activation({ activation: 'softmax' })))],
    ['softmax', () => functional(of(tf.layers.softmax()))], // its axis is 1 by default
    ['softmax', () => functional(of(tf.layers.softmax({ axis: -1 })), [5, 4])],
    [
      'sigmoid',
      () => functional(of(tf.layers.conv2d({ filters: 2, kernelSize: 1, activation: 'sigmoid' })), [3, 3, 1]),
    ],
    ['softmax', () => functional(of(sequential(dense('relu', [4]), dense('softmax'))))],
    ['softmax', () => sequential(dense('relu', [4]), sequential(dense('softmax', [3])))],
  ] as const)('is %s', (expected, model) => {
    expect(lastActivation(model())).toBe(expected);
  });

  it.each([
    ['of another function', () => sequential(dense('relu', [4]))],
    ['over another axis', () => functional(of(tf.layers.softmax({ axis: 1 })), [5, 4])],
    ['that is not the last operation', () => sequential(dense('softmax', [4]), tf.layers.dropout({ rate: 0.1 }))],
    [
      'inside another layer',
      () => sequential(tf.layers.timeDistributed({ layer: dense('softmax'), inputShape: [5, 4] })),
    ],
    [
      'of a layer that is applied twice',
      () => {
        const layer = tf.layers.activation({ activation: 'softmax' });
        return functional((input) => of(layer)(of(layer)(input)));
      },
    ],
    [
      'of a model that is applied twice',
      () => {
        const block = sequential(tf.layers.dense({ units: 4, activation: 'softmax', inputShape: [4] }));
        return functional((input) => of(block)(of(block)(input)));
      },
    ],
  ] as const)('is null for one %s', (_, model) => {
    expect(lastActivation(model())).toBeNull();
  });

  it('does not mind other uses of the layers outside of the model', () => {
    const layer = dense('softmax');
    const model = functional(of(layer));
    functional(of(model));
    functional(of(layer));
    expect(lastActivation(model)).toBe('softmax');
  });
});
