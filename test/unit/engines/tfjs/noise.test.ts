import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/engines/engine.js';
import { createTfjsEngine } from '../../../../src/engines/tfjs/index.js';
import { dropoutMask, normalNoise } from '../../../../src/random/noise.js';
import { deriveKey } from '../../../../src/random/philox.js';
import { createMember, difference, noExchange } from './helpers.js';

/** Two or three float32 operations. */
const FLOAT_TOLERANCE = 1e-6;

const ROWS = 4;
const SEED = 7;
const STEP = { rows: ROWS, seed: SEED };

let engine: Engine;
beforeEach(async () => {
  engine = await createTfjsEngine();
});
afterEach(() => {
  engine.close();
  tf.disposeVariables();
});

function mask(place: string[], rate: number, size: number, rows = ROWS, iteration = 0): Float32Array {
  const out = new Float32Array(rows * size);
  dropoutMask(out, rate, { key: deriveKey(SEED, 'noise', 'm', ...place), iteration, firstRow: 0, rows, size });
  return out;
}

function normal(place: string[], size: number): Float32Array {
  const out = new Float32Array(ROWS * size);
  normalNoise(out, { key: deriveKey(SEED, 'noise', 'm', ...place), iteration: 0, firstRow: 0, rows: ROWS, size });
  return out;
}

function only(layer: tf.layers.Layer): tf.Sequential {
  return tf.sequential({ layers: [layer] });
}

/** What a model of noise alone makes of its input in one training step, and that input. */
async function trainStep(model: tf.LayersModel): Promise<{ x: Float32Array; y: Float32Array }> {
  const { member, slots } = await createMember(engine, model, { name: 'm' });
  engine.train([member], STEP, noExchange);
  return { x: member.inputs[0] ?? new Float32Array(), y: slots.output };
}

describe('in training', () => {
  it.each([45, 64, 131])(
    'Dropout of %i numbers multiplies with the mask of its place and the iteration, whatever it is called, exactly',
    async (size) => {
      const model = only(tf.layers.dropout({ rate: 0.4, inputShape: [size] })); // dropout_Dropout1, 2, …
      const { member, slots } = await createMember(engine, model, { name: 'm' });
      const [x = new Float32Array()] = member.inputs;
      for (let iteration = 0; iteration < 2; iteration++) {
        engine.train([member], STEP, noExchange);
        const expected = mask(['0'], 0.4, size, ROWS, iteration);
        expect(slots.output).toEqual(x.map((value, i) => value * (expected[i] ?? 0)));
      }
    },
  );

  it('a smaller batch has the first rows of the same noise', async () => {
    const model = only(tf.layers.dropout({ rate: 0.4, name: 'drop', inputShape: [45] }));
    const { member, slots } = await createMember(engine, model, { name: 'm' });
    const [x = new Float32Array()] = member.inputs;
    engine.train([member], { ...STEP, rows: 2 }, noExchange);
    const expected = mask(['0'], 0.4, 45);
    expect(slots.output.slice(0, 90)).toEqual(x.slice(0, 90).map((value, i) => value * (expected[i] ?? 0)));
  });

  it.each([
    { what: 'SpatialDropout1D', layer: tf.layers.spatialDropout1d({ rate: 0.4, name: 'drop', inputShape: [5, 3] }) },
    {
      what: 'a noiseShape',
      layer: tf.layers.dropout({
        rate: 0.4,
        noiseShape: [null as unknown as number, 1, 3],
        name: 'drop',
        inputShape: [5, 3],
      }),
    },
  ])('the mask of $what is repeated along dimensions of size 1', async ({ layer }) => {
    const { x, y } = await trainStep(only(layer));
    const expected = mask(['0'], 0.4, 3);
    const at = (i: number): number => expected[Math.floor(i / 15) * 3 + (i % 3)] ?? 0;
    expect(y).toEqual(x.map((value, i) => value * at(i)));
  });

  it('layers of nested models go by the places from the model inwards', async () => {
    const block = tf.sequential({
      layers: [tf.layers.dropout({ rate: 0.4, name: 'drop', inputShape: [6] })],
      name: 'block',
    });
    const input = tf.input({ shape: [6] });
    const nested = await trainStep(tf.model({ inputs: input, outputs: block.apply(input) as tf.SymbolicTensor }));
    const expected = mask(['1/0'], 0.4, 6);
    expect(nested.y).toEqual(nested.x.map((value, i) => value * (expected[i] ?? 0)));
  });

  it('a layer that is applied again in the same step draws anew', async () => {
    const layer = tf.layers.dropout({ rate: 0.4, name: 'drop' });
    const model = only(tf.layers.timeDistributed({ layer, name: 'time', inputShape: [2, 6] }));
    const { x, y } = await trainStep(model);
    const masks = [mask(['0/0'], 0.4, 6), mask(['0/0', '1'], 0.4, 6)];
    const at = (i: number): number => masks[Math.floor(i / 6) % 2]?.[Math.floor(i / 12) * 6 + (i % 6)] ?? 0;
    expect(y).toEqual(x.map((value, i) => value * at(i)));
  });

  it('GaussianNoise adds, GaussianDropout multiplies with normal numbers', async () => {
    const noise = normal(['0'], 9);
    const added = await trainStep(only(tf.layers.gaussianNoise({ stddev: 0.5, name: 'n', inputShape: [9] })));
    expect(
      difference(
        added.y,
        added.x.map((value, i) => value + 0.5 * (noise[i] ?? 0)),
      ),
    ).toBeLessThan(FLOAT_TOLERANCE);
    const times = await trainStep(only(tf.layers.gaussianDropout({ rate: 0.2, name: 'n', inputShape: [9] })));
    const stddev = Math.sqrt(0.2 / 0.8);
    expect(
      difference(
        times.y,
        times.x.map((value, i) => value * (1 + stddev * (noise[i] ?? 0))),
      ),
    ).toBeLessThan(FLOAT_TOLERANCE);
  });

  it("AlphaDropout is Keras's", async () => {
    const { x, y } = await trainStep(only(tf.layers.alphaDropout({ rate: 0.3, name: 'a', inputShape: [40] })));
    const kept = mask(['0'], 0.3, 40);
    const alpha = -1.7580993408473766;
    const a = (0.7 * (1 + 0.3 * alpha ** 2)) ** -0.5;
    const expected = x.map((value, i) => a * (kept[i] === 0 ? alpha : value) - a * alpha * 0.3);
    expect(difference(y, expected)).toBeLessThan(FLOAT_TOLERANCE);
  });
});

it.each([
  tf.layers.dropout({ rate: 0.4, inputShape: [6] }),
  tf.layers.gaussianNoise({ stddev: 0.5, inputShape: [6] }),
  tf.layers.gaussianDropout({ rate: 0.4, inputShape: [6] }),
  tf.layers.alphaDropout({ rate: 0.4, inputShape: [6] }),
])('in inference there is no noise', async (layer) => {
  const { member, slots } = await createMember(engine, only(layer), { name: 'm' });
  engine.infer([member], STEP);
  expect(slots.output).toEqual(member.inputs[0]);
});

describe('noise that is drawn inside an RNN', () => {
  const model = (): tf.Sequential =>
    only(tf.layers.gru({ units: 2, recurrentDropout: 0.2, name: 'rnn', inputShape: [3, 2] }));

  it('is refused in training, by name', async () => {
    await expect(createMember(engine, model(), { name: 'm' })).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringMatching(/member "m".*layer "rnn".*recurrentDropout/) as string,
    });
  });

  it('does not matter to predictions', async () => {
    const { member, slots } = await createMember(engine, model(), { name: 'm', optimizer: null });
    engine.infer([member], STEP);
    expect(slots.output.some((value) => value !== 0)).toBe(true);
  });
});
