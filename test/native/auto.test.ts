import * as tf from '@tensorflow/tfjs';
import { Ensemble, direct } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { chooseEngines } from '../../src/engines/choose.js';
import { cnn } from '../threads/helpers.js';

function choice(model: tf.LayersModel): string | undefined {
  const ensemble = new Ensemble({ members: { member: { model } }, outputs: { member: direct('member') } });
  return chooseEngines(ensemble.plan, 'auto')['member'];
}

const conv = (filters: number, options = {}) =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', ...options });
const pool = () => tf.layers.maxPooling2d({ poolSize: 2 });

describe('with tfjs-node installed, auto takes', () => {
  it('wasm for a small member', () => {
    expect(choice(cnn('cnn1', { filters: 25, units: 32 }))).toBe('wasm');
  });

  it('tensorflow for a large convolutional one', () => {
    const layers = [
      conv(32, { inputShape: [32, 32, 3] }),
      conv(32),
      pool(),
      conv(64),
      conv(64),
      pool(),
      tf.layers.flatten(),
    ];
    expect(choice(tf.sequential({ layers: [...layers, tf.layers.dense({ units: 10 })] }))).toBe('tensorflow');
  });

  it('wasm for one whose arithmetic is that of its many weights', () => {
    const layers = [tf.layers.dense({ units: 2048, inputShape: [784] }), tf.layers.dense({ units: 2048 })];
    expect(choice(tf.sequential({ layers }))).toBe('wasm');
  });

  it('wasm for a large one with a dilation, which tensorflow can not train', () => {
    const layers = [conv(64, { inputShape: [32, 32, 3] }), conv(64, { dilationRate: 2 }), tf.layers.flatten()];
    expect(choice(tf.sequential({ layers: [...layers, tf.layers.dense({ units: 10 })] }))).toBe('wasm');
  });

  it('tensorflow for one with a layer that wasm lacks', () => {
    const layers = [tf.layers.lstm({ units: 4, inputShape: [5, 3] }), tf.layers.dense({ units: 2 })];
    expect(choice(tf.sequential({ layers }))).toBe('tensorflow');
  });
});
