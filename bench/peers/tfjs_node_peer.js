// Trains the reference ensemble in tfjs-node, as one model with model.fit. Prints one JSON line per epoch.
// Run it in a folder with @tensorflow/tfjs-node in its node_modules: node PATH/tfjs_node_peer.js --mnist DIR
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import util, { parseArgs } from 'node:util';
import { createRequire } from 'node:module';

for (const [name, f] of Object.entries({ isNullOrUndefined: (v) => v == null, isArray: Array.isArray }))
  util[name] ??= f; // removed in Node.js 23
const tf = createRequire(path.join(process.cwd(), 'x.js'))('@tensorflow/tfjs-node');
const { values: v } = parseArgs({
  options: {
    mnist: { type: 'string' },
    members: { type: 'string', default: '3' },
    'batch-size': { type: 'string', default: '64' },
    samples: { type: 'string', default: '6400' },
    epochs: { type: 'string', default: '4' },
  },
});
const [members, batchSize, samples, epochs] = [+v.members, +v['batch-size'], +v.samples, +v.epochs];
const raw = (name, skip, size) => fs.readFileSync(path.join(v.mnist, name)).subarray(skip, skip + size);
const xs = tf.tensor4d(
  Float32Array.from(raw('train-images-idx3-ubyte', 16, samples * 784), (b) => b / 255),
  [samples, 28, 28, 1],
);
const ys = tf.oneHot(tf.tensor1d(Int32Array.from(raw('train-labels-idx1-ubyte', 8, samples)), 'int32'), 10).toFloat();
const input = tf.input({ shape: [28, 28, 1] });
const cnn = () =>
  [
    tf.layers.conv2d({ filters: 25, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.dropout({ rate: 0.3 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 32, activation: 'relu' }),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ].reduce((h, layer) => layer.apply(h), input);
const outs = Array.from({ length: members }, cnn);
const model = tf.model({ inputs: input, outputs: members === 1 ? outs[0] : tf.layers.average().apply(outs) });
model.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy' });
await model.fit(xs.slice(0, 2 * batchSize), ys.slice(0, 2 * batchSize), { batchSize, epochs: 1, verbose: 0 });
for (let epoch = 0; epoch < epochs; epoch++) {
  const t = performance.now();
  const { history } = await model.fit(xs, ys, { batchSize, epochs: 1, shuffle: true, verbose: 0 });
  const ms = performance.now() - t;
  console.log(
    JSON.stringify({
      peer: 'tfjs-node',
      version: tf.version_core,
      members,
      batchSize,
      samples,
      threads: os.availableParallelism(),
      msPerStep: ms / (samples / batchSize),
      samplesPerSecond: (samples / ms) * 1e3,
      loss: history.loss[0],
    }),
  );
}
