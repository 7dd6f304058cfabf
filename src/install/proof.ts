import * as tf from '@tensorflow/tfjs';
import { loadTfjsNode } from '../engines/tfjs/tensorflow/tfjsNode.js';

/**
 * Run in a process of its own with the folder of a tfjs-node: loads it, trains a model for a step, and prints the versions.
 * Fails where numbers come out wrong.
 */
const versions = loadTfjsNode(process.argv[2]);
await tf.setBackend('tensorflow');
const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const weight = tf.variable(tf.tensor2d([1, 1], [2, 1]));
const optimizer = tf.train.sgd(0.5);
const loss = optimizer.minimize(() => x.matMul<tf.Tensor2D>(weight).square().mean(), true);
// Sums 3 and 7: a loss of (9 + 49) / 2, and a gradient of (3 · [1, 2] + 7 · [3, 4]).
const numbers = [...(loss?.dataSync() ?? []), ...weight.dataSync()];
const expected = [29, 1 - 0.5 * 24, 1 - 0.5 * 34];
if (numbers.length !== expected.length || numbers.some((number, i) => Math.abs(number - (expected[i] ?? NaN)) > 1e-4)) {
  throw new Error(`Expected a step to give ${expected.join(', ')}. Received: ${numbers.join(', ')}`);
}
process.stdout.write(`${versions}, Node.js ${process.versions.node}\n`);
