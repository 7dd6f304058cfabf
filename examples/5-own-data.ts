/** cnn3 has its own data set, with another number of samples: digits rotated by 90 degrees. */
import { Ensemble, adam, direct, mean } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';
import { cnn, settings } from './common.js';

const { samples, epochs } = settings();
const upright = await mnist('train', { limit: samples });
const turned = await mnist('train', { limit: Math.ceil(samples / 2), rotate: 90 });

await using ensemble = new Ensemble({
  members: {
    cnn1: { model: cnn('cnn1'), input: 'upright' },
    cnn2: { model: cnn('cnn2'), input: 'upright' },
    cnn3: { model: cnn('cnn3'), input: 'turned' },
  },
  outputs: { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') },
});
ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
ensemble.summary();
await ensemble.fit(
  { upright: upright.x, turned: turned.x },
  { combined: upright.y, cnn3: turned.y },
  { batchSize: 64, epochs, seed: 1, verbose: 2 },
);
