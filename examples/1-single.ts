/** One member with a direct output. This is the same as `fit` of that model, but in a worker thread. */
import { Ensemble, adam, direct } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';
import { cnn, settings } from './common.js';

const { samples, epochs } = settings();
const digits = await mnist('train', { limit: samples });

await using ensemble = new Ensemble({
  members: { cnn1: { model: cnn('cnn1') } },
  outputs: { cnn1: direct('cnn1') },
});
ensemble.compile({
  optimizer: adam({ learningRate: 1e-3 }),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
ensemble.summary();
await ensemble.fit(digits.x, digits.y, { batchSize: 64, epochs, seed: 1, verbose: 2 });
