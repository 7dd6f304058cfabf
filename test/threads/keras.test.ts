import { Ensemble, type TypedValue } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { testedEngines } from '../engines.js';
import { fixtureNames, loadFixture, type Fixture } from '../reference/fixtures.js';
import { modelFromLayers } from '../reference/models.js';
import type { ReferenceData } from '../reference/train.js';
import { weightsOf } from './helpers.js';

/**
 * Largest absolute difference of any weight, after as many steps as Keras 3 did in float32 from the same weights. Both sides round; the
 * float64 reference lies between them (test/unit/kerasFixtures.test.ts has its own, smaller bounds).
 */
const WEIGHTS_TOLERANCE = 2e-5;
/** Of each step's total loss, relative. */
const LOSS_TOLERANCE = 5e-6;

function typed({ values, shape }: ReferenceData): TypedValue {
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: Float32Array.from(values), shape: [values.length / size, ...shape] };
}

const typedAll = (data: Readonly<Record<string, ReferenceData>>) =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, typed(value)]));

function build(fixture: Fixture) {
  const members = Object.fromEntries(
    fixture.members.map(({ name, input, layers }) => {
      const shape = fixture.run.inputs[input]?.shape ?? [];
      return [name, { model: modelFromLayers(layers, shape, fixture.initial[name] ?? [], name), input }];
    }),
  );
  const outputs = Object.fromEntries(fixture.outputs.map(({ name, merge }) => [name, merge]));
  const ensemble = new Ensemble({ members, outputs });
  ensemble.compile({
    optimizer: fixture.optimizer,
    loss: Object.fromEntries(fixture.outputs.map(({ name, loss }) => [name, loss])),
    lossWeights: Object.fromEntries(fixture.outputs.map(({ name, lossWeight }) => [name, lossWeight])),
  });
  return { ensemble, members };
}

describe.each(testedEngines)('numbers recorded from Keras 3, on the engine %s', (engine) => {
  it.each(fixtureNames)('%s: the same weights', async (name) => {
    const fixture = loadFixture(name);
    const { ensemble, members } = build(fixture);
    const { batchSize, epochs, run } = fixture;
    await ensemble.fit(typedAll(run.inputs), typedAll(run.targets), { batchSize, epochs, shuffle: false, engine });
    await ensemble.close();
    for (const [member, { model: trained }] of Object.entries(members)) {
      for (const [w, weight] of weightsOf(trained).entries()) {
        const keras = fixture.final[member]?.[w] ?? [];
        expect(Math.max(...weight.map((value, i) => Math.abs(value - (keras[i] ?? NaN)))), member).toBeLessThan(
          WEIGHTS_TOLERANCE,
        );
      }
    }
  });

  it.each(fixtureNames)('%s: the same loss at the first step', async (name) => {
    const fixture = loadFixture(name);
    const { ensemble } = build(fixture);
    const { batchSize, run } = fixture;
    const first = (data: Readonly<Record<string, ReferenceData>>) =>
      Object.fromEntries(
        Object.entries(typedAll(data)).map(([end, { data: values, shape }]) => {
          const [samples = 0, ...rest] = shape;
          const rows = Math.min(batchSize, samples);
          return [end, { data: values.subarray(0, (values.length / samples) * rows), shape: [rows, ...rest] }];
        }),
      );
    const { history } = await ensemble.fit(first(run.inputs), first(run.targets), {
      batchSize,
      shuffle: false,
      engine,
    });
    await ensemble.close();
    const keras = fixture.steps.total[0] ?? NaN;
    expect(Math.abs((history['loss']?.[0] ?? NaN) / keras - 1)).toBeLessThan(LOSS_TOLERANCE);
    if (name === 'saturated') expect(keras).toBeGreaterThan(70); // through clipped probabilities it would be 16.1
  });
});
