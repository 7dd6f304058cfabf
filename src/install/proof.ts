import * as tf from '@tensorflow/tfjs';
import { loadTfjsNode } from '../engines/tfjs/tensorflow/tfjsNode.js';

/**
 * Loads a tfjs-node, trains a model for one step, and prints the versions. Fails if the numbers are wrong. This is a separate process; its
 * argument is the folder of the tfjs-node.
 */
const versions = loadTfjsNode(process.argv[2]);
await tf.setBackend('tensorflow');
const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const weight = tf.variable(tf.tensor2d([1, 1], [2, 1]));
const optimizer = tf.train.sgd(0.5);
const loss = optimizer.minimize(() => x.matMul<tf.Tensor2D>(weight).square().mean(), true);
// The outputs are 3 and 7, so the loss is (9 + 49) / 2 and the gradient is 3 · [1, 2] + 7 · [3, 4].
const numbers = [...(loss?.dataSync() ?? []), ...weight.dataSync()];
const expected = [29, 1 - 0.5 * 24, 1 - 0.5 * 34];
if (numbers.length !== expected.length || numbers.some((number, i) => Math.abs(number - (expected[i] ?? NaN)) > 1e-4)) {
  throw new Error(`Expected a step to give ${expected.join(', ')}. Received: ${numbers.join(', ')}`);
}
process.stdout.write(`${versions}, Node.js ${process.versions.node}\n`);
