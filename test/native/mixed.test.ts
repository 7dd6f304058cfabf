import { adam, direct, Ensemble, mean, type EngineOption } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { BATCH_SIZE, SAMPLES } from '../threads/cases.js';
import { cnn, digits, weightsOf } from '../threads/helpers.js';

/** Of weights after two epochs of Adam: float32 sums in another order, and small gradients divided by their own size. */
const TOLERANCE = 2e-6;

const { x, y } = await digits(SAMPLES);

async function train(engine: EngineOption) {
  const models = { cnn1: cnn('cnn1', { rate: 0.3 }), cnn2: cnn('cnn2', { rate: 0.3 }), cnn3: cnn('cnn3') };
  const ensemble = new Ensemble({
    members: { cnn1: { model: models.cnn1 }, cnn2: { model: models.cnn2 }, cnn3: { model: models.cnn3 } },
    outputs: { combined: mean(['cnn1', 'cnn2', 'cnn3']) },
  });
  ensemble.compile({ optimizer: adam({ learningRate: 1e-3 }), loss: 'categoricalCrossentropy' });
  const { run } = await ensemble.fit(x, y, { batchSize: BATCH_SIZE, epochs: 2, seed: 3, engine });
  await ensemble.close();
  return { builds: run.builds, weights: Object.values(models).flatMap((model) => [...weightsOf(model)]) };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe('members on several engines', () => {
  it.each<[EngineOption]>([[{ cnn1: 'tensorflow' }], [{ cnn2: 'tensorflow', cnn3: 'wasm' }]])(
    'come out as on one: %j',
    async (engine) => {
      const expected = await train('wasm');
      const actual = await train(engine);
      expect(actual.builds).toHaveLength(2);
      for (const [i, weight] of actual.weights.entries()) {
        expect(largestDifference(weight, expected.weights[i] ?? [])).toBeLessThan(TOLERANCE);
      }
    },
  );
});

describe('an ensemble', () => {
  it('changes from one engine of TensorFlow.js to the other and back', async () => {
    const model = cnn('cnn1', { rate: 0.3 });
    const ensemble = new Ensemble({ members: { cnn1: { model } }, outputs: { cnn1: direct('cnn1') } });
    ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
    const builds: string[] = [];
    for (const engine of ['tensorflow', 'tfjs', 'tensorflow'] as const) {
      const { run } = await ensemble.fit(x, y, { batchSize: BATCH_SIZE, engine });
      builds.push(...run.builds);
    }
    await ensemble.close();
    expect(builds.map((build) => build.split(' ')[0])).toEqual(['tfjs-node', 'tfjs', 'tfjs-node']);
  });

  it('may train beside another', async () => {
    const [one, other] = await Promise.all([train('tensorflow'), train('tensorflow')]);
    for (const [i, weight] of one.weights.entries()) {
      expect(largestDifference(weight, other.weights[i] ?? [])).toBeLessThan(TOLERANCE);
    }
  });
});
