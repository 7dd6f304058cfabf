import { adam, Ensemble, mean } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { BATCH_SIZE, SAMPLES } from '../threads/cases.js';
import { cnn, digits, weightsOf } from '../threads/helpers.js';

const { x, y } = await digits(SAMPLES);

/** All weights after three epochs. */
async function train(threads: number): Promise<number[][]> {
  const models = ['cnn1', 'cnn2', 'cnn3'].map((name) => cnn(name, { filters: 25, units: 32, rate: 0.3 }));
  const members = Object.fromEntries(models.map((model) => [model.name, { model }]));
  const ensemble = new Ensemble({ members, outputs: { combined: mean(Object.keys(members)) } });
  ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
  await ensemble.fit(x, y, { batchSize: BATCH_SIZE, epochs: 3, seed: 3, engine: 'tensorflow', threads });
  await ensemble.close();
  return models.flatMap(weightsOf);
}

// TensorFlow's own pool has one size in a process.
describe('with the same seed and the same size of its pool, the engine tensorflow gives the same bits', () => {
  it('in each run, with any number of threads', async () => {
    const first = await train(3);
    for (const threads of [3, 2, 1]) expect(await train(threads)).toEqual(first);
  });
});
