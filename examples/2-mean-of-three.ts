/** Three members with the same input. The output of the ensemble is the mean of their outputs. */
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
  outputs: { combined: mean(['cnn1', 'cnn2', 'cnn3']) },
});
ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
ensemble.summary();
await ensemble.fit(digits.x, digits.y, { batchSize: 64, epochs, seed: 1, verbose: 2 });

// One functional model for inference. Each member is a nested model in it.
const model = ensemble.toModel();
console.log(`inputs ${model.inputNames.join(', ')}; outputs ${model.outputNames.join(', ')}`);
