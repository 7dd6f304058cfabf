/**
 * Times a step of some networks on the engines `wasm` and `tensorflow`, each on one core. The rule of `auto` comes from these times
 * (docs/engines.md): `npm run build && node scripts/compare-engines.js [batchSize]` after `npm run setup:tensorflow`.
 */
import * as tf from '@tensorflow/tfjs';
import { compileProgram } from '../dist/engines/wasm/compile.js';
import { createEngine } from '../dist/engines/index.js';

// Set before TensorFlow is loaded, because it reads the variable only then.
process.env.TF_NUM_INTRAOP_THREADS ??= '1';
const BATCH_SIZE = Number(process.argv[2] ?? 64);
const ROUNDS_MS = 2000;

const { conv2d, dense, dropout, flatten, maxPooling2d } = tf.layers;
const conv = (filters, options = {}) =>
  conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', ...options });
const pool = () => maxPooling2d({ poolSize: 2 });
const relu = (units, options = {}) => dense({ units, activation: 'relu', ...options });
const digit = { inputShape: [28, 28, 1] };

/** Three blocks of two convolutions and a pooling, with 1, 2 and 4 times the number of filters. */
const blocks = (filters) => [
  ...[1, 2, 4].flatMap((times) => [
    conv(times * filters, times === 1 ? { inputShape: [32, 32, 3] } : {}),
    conv(times * filters),
    pool(),
  ]),
  flatten(),
  relu(4 * filters),
];
const networks = {
  'reference CNN': [conv(25, digit), pool(), dropout({ rate: 0.3 }), flatten(), relu(32)],
  'two dense layers of 512': [relu(512, { inputShape: [784] }), relu(512)],
  "Keras's MNIST example": [conv(32, digit), pool(), conv(64), pool(), flatten(), dropout({ rate: 0.5 })],
  'three blocks from 8 filters': blocks(8),
  'two dense layers of 2048': [relu(2048, { inputShape: [784] }), relu(2048)],
  'three blocks from 12 filters': blocks(12),
  'three blocks from 16 filters': blocks(16),
  'three blocks from 32 filters': blocks(32),
};

const optimizer = { optimizer: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
const engines = { wasm: await createEngine('wasm', 'auto'), tensorflow: await createEngine('tensorflow', 'auto') };

async function time(engine, setup, weights) {
  const member = await engine.create(setup);
  const size = weights.length;
  member.load({ weights, slots: new Float32Array(2 * size), iterations: new Float64Array(1) });
  // Half of the inputs are 0, as in digits.
  member.inputs[0].forEach((_, i, x) => (x[i] = (i * 7919) % 1000 < 500 ? 0 : ((i * 31) % 255) / 255));
  const times = [];
  for (const end = performance.now() + ROUNDS_MS; performance.now() < end;) {
    const started = performance.now();
    engine.train([member], { rows: BATCH_SIZE, seed: 1 }, () => undefined);
    times.push(performance.now() - started);
  }
  engine.close();
  return times.sort((a, b) => a - b)[times.length >> 1];
}

const rows = [];
for (const [network, layers] of Object.entries(networks)) {
  const model = tf.sequential({ layers: [...layers, dense({ units: 10, activation: 'softmax' })] });
  const plan = {
    name: 'member',
    inputs: ['input'],
    inputShapes: [model.inputs[0].shape.slice(1)],
    outputShape: [10],
    logits: null,
    topology: model.toJSON(null, false),
    weights: model.weights.map(({ originalName: name, shape }) => ({ name, shape, trainable: true })),
  };
  const slots = {
    output: new Float32Array(BATCH_SIZE * 10),
    outputGradient: new Float32Array(BATCH_SIZE * 10).fill(1e-3),
    logits: null,
    logitsGradient: null,
  };
  const setup = { plan, optimizer, batchSize: BATCH_SIZE, slots, memory: null };
  const weights = Float32Array.from(model.getWeights().flatMap((weight) => [...weight.dataSync()]));
  const { multiplyAdds } = compileProgram(
    { ...setup, logits: false, base: 1024 },
    { kernels: {}, seed: 0, iteration: 0 },
  );
  const [wasm, tensorflow] = [await time(engines.wasm, setup, weights), await time(engines.tensorflow, setup, weights)];
  rows.push({
    network,
    'multiply-adds, millions': Number((multiplyAdds / 1e6).toFixed(1)),
    'weights, millions': Number((weights.length / 1e6).toFixed(2)),
    wasm: Number(wasm.toFixed(1)),
    tensorflow: Number(tensorflow.toFixed(1)),
    ratio: Number((tensorflow / wasm).toFixed(2)),
  });
}
console.log(
  `batches of ${BATCH_SIZE}, ms a step; Node.js ${process.versions.node}; ${engines.wasm.build}, ${engines.tensorflow.build}`,
);
console.table(rows);
