/** Like example 6, but cnn3 has a direct output. The two inputs and the two outputs are given as lists, as in Keras. */
import { Ensemble, adam, direct, mean } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';
import { cnn, settings } from './common.js';

const { samples, epochs } = settings();
const upright = await mnist('train', { limit: samples });
const turned = await mnist('train', { skip: samples, limit: samples, rotate: 90 });

await using ensemble = new Ensemble({
  members: {
    cnn1: { model: cnn('cnn1'), input: 'input1' },
    cnn2: { model: cnn('cnn2'), input: 'input1' },
    cnn3: { model: cnn('cnn3'), input: 'input2' },
  },
  outputs: { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') },
});
ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
ensemble.summary();
await ensemble.fit([upright.x, turned.x], [upright.y, turned.y], { batchSize: 64, epochs, seed: 1, verbose: 2 });
