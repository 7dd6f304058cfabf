import * as tf from '@tensorflow/tfjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { direct, Ensemble, sgd } from 'tfjs-ensemble';
import { expect, it } from 'vitest';
import { difference } from './difference.js';

const SETUP = new URL('./difference.js', import.meta.url);

/** y = w · x, with w = 1 at first. */
const linear = (): tf.LayersModel =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones' })],
  });

it("trains, predicts, assembles and loads with a merge from a user's module", async () => {
  const members = { a: { model: linear() }, b: { model: linear() } };
  const outputs = { difference: difference(['a', 'b']), a: direct('a') };
  await using ensemble = new Ensemble({ members, outputs, setup: SETUP });
  ensemble.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError', lossWeights: { a: 0 } });
  const x = { data: Float32Array.of(1, 1), shape: [2, 1] };
  await ensemble.fit(x, { difference: x, a: x }, { batchSize: 2, threads: 2 });
  // d = a − b = 0, and ∂(d − 1)²/∂d = −2: one step of 0.5 leads to a = 2 and b = 0.
  const predicted = await ensemble.predict(x);
  expect([...predicted.a.dataSync()]).toEqual([2, 2]);
  expect([...predicted.difference.dataSync()]).toEqual([2, 2]);

  const folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-merge-'));
  await ensemble.save(folder);
  await using loaded = await Ensemble.load(folder, { setup: SETUP });
  await rm(folder, { recursive: true });
  expect(loaded.plan.outputs[0]?.merge).toEqual(outputs.difference);
  const [assembled] = loaded.toModel().predict(tf.ones([1, 1])) as tf.Tensor[];
  expect([...(assembled?.dataSync() ?? [])]).toEqual([2]);
});

it('names the merge in a thread whose setup module does not register it', async () => {
  const members = { a: { model: linear() }, b: { model: linear() } };
  await using ensemble = new Ensemble({ members, outputs: { difference: difference(['a', 'b']) } });
  const x = { data: Float32Array.of(1), shape: [1, 1] };
  await expect(ensemble.predict(x)).rejects.toThrow('"difference"');
});
