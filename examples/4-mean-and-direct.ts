/**
 * The mean of two members, and a third member with a direct output. Each output has its own loss; the total loss is their sum. The two
 * groups do not wait for each other.
 */
import { Ensemble, adam, direct, mean } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';
import { cnn, settings } from './common.js';

const { samples, epochs } = settings();
const digits = await mnist('train', { limit: samples });

await using ensemble = new Ensemble({
  members: {
    cnn1: { model: cnn('cnn1') },
    cnn2: { model: cnn('cnn2') },
    cnn3: { model: cnn('cnn3'), optimizer: adam({ learningRate: 3e-4 }) },
  },
  outputs: { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') },
});
ensemble.compile({
  optimizer: adam({ learningRate: 1e-3 }),
  loss: 'categoricalCrossentropy',
  lossWeights: { cnn3: 0.5 },
  metrics: ['accuracy'],
});
ensemble.summary();
const history = await ensemble.fit(
  digits.x,
  { combined: digits.y, cnn3: digits.y },
  { batchSize: 64, epochs, validationSplit: 0.1, seed: 1, verbose: 2 },
);
console.log(Object.keys(history.history).join(', '));
