import * as tf from '@tensorflow/tfjs';
import type { SharedArray } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';
import { cnn } from '../examples/common.js';

/** A network to train in a benchmark, and its data. */
export interface Net {
  readonly build: (name: string) => tf.LayersModel;
  readonly data: (samples: number) => Promise<{ x: SharedArray | tf.Tensor; y: SharedArray | tf.Tensor }>;
}

export type NetName = 'reference' | 'vgg';

export const nets: Readonly<Record<NetName, Net>> = {
  reference: { build: (name) => cnn(name), data: (samples) => mnist('train', { limit: samples }) },
  vgg: { build: vgg, data: (samples) => Promise.resolve(noise(samples)) },
};

/** Three blocks of two convolutions, for colour images of 32 by 32. `peers/keras_peer.py` has the same network. */
function vgg(name: string): tf.Sequential {
  const conv = (filters: number, options = {}) =>
    tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', ...options });
  const block = (filters: number, options = {}) => [
    conv(filters, options),
    conv(filters),
    tf.layers.maxPooling2d({ poolSize: 2 }),
  ];
  return tf.sequential({
    name,
    layers: [
      ...block(32, { inputShape: [32, 32, 3] }), // (batch, 16, 16, 32)
      ...block(64), // (batch, 8, 8, 64)
      ...block(128), // (batch, 4, 4, 128)
      tf.layers.flatten(), // (batch, 2048)
      tf.layers.dense({ units: 128, activation: 'relu' }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
}

function noise(samples: number): { x: tf.Tensor; y: tf.Tensor } {
  return {
    x: tf.randomUniform([samples, 32, 32, 3], 0, 1, 'float32', 1),
    y: tf.oneHot(tf.randomUniform([samples], 0, 10, 'int32', 2), 10).toFloat(),
  };
}
