import * as tf from '@tensorflow/tfjs';
import { parseArgs } from 'node:util';

/** The reference CNN of all examples, for grey images of 28 by 28. */
export function cnn(name: string, classes = 10): tf.Sequential {
  return tf.sequential({
    name,
    layers: [
      tf.layers.conv2d({
        inputShape: [28, 28, 1], // (batch, 28, 28, 1)
        filters: 25,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
      }), // (batch, 28, 28, 25)
      tf.layers.maxPooling2d({ poolSize: 2 }), // (batch, 14, 14, 25)
      tf.layers.dropout({ rate: 0.3, name: 'student_feature1' }),
      tf.layers.flatten(), // (batch, 4900)
      tf.layers.dense({ units: 32, activation: 'relu', name: 'student_feature2' }), // (batch, 32)
      tf.layers.dense({ units: classes, activation: 'softmax' }), // (batch, classes)
    ],
  });
}

/** Reads the flags `--samples N --epochs N`. The defaults make the examples fast. */
export function settings(): { samples: number; epochs: number } {
  const { values } = parseArgs({
    options: { samples: { type: 'string', default: '1280' }, epochs: { type: 'string', default: '2' } },
  });
  return { samples: Number(values.samples), epochs: Number(values.epochs) };
}
