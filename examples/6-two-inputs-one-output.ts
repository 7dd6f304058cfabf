/** Two inputs with the same digits: upright for cnn1 and cnn2, rotated for cnn3. The output is the mean of all three members. */
import { Ensemble, adam, mean } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';
import { cnn, settings } from './common.js';

const { samples, epochs } = settings();
const upright = await mnist('train', { limit: samples });
const turned = await mnist('train', { limit: samples, rotate: 90 });

await using ensemble = new Ensemble({
  members: {
    cnn1: { model: cnn('cnn1'), input: 'input1' },
    cnn2: { model: cnn('cnn2'), input: 'input1' },
    cnn3: { model: cnn('cnn3'), input: 'input2' },
  },
  outputs: { combined: mean(['cnn1', 'cnn2', 'cnn3']) },
});
ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
ensemble.summary();
await ensemble.fit([upright.x, turned.x], upright.y, { batchSize: 64, epochs, seed: 1, verbose: 2 });
