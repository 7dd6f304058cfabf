/** No output uses cnn3. It gets no worker, is not trained and is not in the model. A warning reports this. */
import { Ensemble, adam, mean } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';
import { cnn, settings } from './common.js';

const { samples, epochs } = settings();
const digits = await mnist('train', { limit: samples });

await using ensemble = new Ensemble({
  members: {
    cnn1: { model: cnn('cnn1') },
    cnn2: { model: cnn('cnn2') },
    cnn3: { model: cnn('cnn3') },
  },
  outputs: { combined: mean(['cnn1', 'cnn2']) },
});
ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
ensemble.summary();
await ensemble.fit(digits.x, digits.y, { batchSize: 64, epochs, seed: 1, verbose: 2 });
