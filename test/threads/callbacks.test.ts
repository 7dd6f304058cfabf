import * as tf from '@tensorflow/tfjs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callbacks, direct, Ensemble, sgd, type Callback, type Training } from 'tfjs-ensemble';
import { afterEach, describe, expect, it } from 'vitest';

const x = { data: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)), shape: [20, 3] };
const y = { data: Float32Array.from({ length: 40 }, (_, i) => Math.cos(i)), shape: [20, 2] };

function make() {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'only' })] });
  const ensemble = new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });
  ensemble.initialize(1);
  ensemble.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
  const weights = () => model.getWeights().map((weight) => [...weight.dataSync()]);
  return { ensemble, weights };
}

/** Keeps the handle that a callback is given. */
function handle(hooks: (training: Training) => Callback): Callback {
  let own: Callback = {};
  return {
    onTrainBegin: (_epochs, training) => {
      own = hooks(training);
    },
    onEpochEnd: (epoch, scores) => own.onEpochEnd?.(epoch, scores),
  };
}

describe('callbacks', () => {
  const folders: string[] = [];
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'callbacks-'));
    folders.push(folder);
    return folder;
  };
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  it('are awaited: training goes on when a hook has resolved', async () => {
    const { ensemble } = make();
    const told: string[] = [];
    const { promise: gate, resolve: open } = withResolvers();
    const fitted = ensemble.fit(x, y, {
      epochs: 2,
      callbacks: [
        {
          onEpochBegin: (epoch) => void told.push(`begin ${epoch}`),
          onEpochEnd: async (epoch) => {
            told.push(`end ${epoch}`);
            if (epoch > 0) return;
            // Long enough for a whole epoch of an ensemble of its own: training would have gone on, were it not waiting.
            const other = make().ensemble;
            await other.fit(x, y);
            await other.close();
            told.push('gate');
            open();
            await gate;
          },
        },
      ],
    });
    await gate;
    expect(told).toEqual(['begin 0', 'end 0', 'gate']);
    await fitted;
    expect(told).toEqual(['begin 0', 'end 0', 'gate', 'begin 1', 'end 1']);
    await ensemble.close();
  });

  it('may stop the training after an epoch, which then ends well', async () => {
    const { ensemble, weights } = make();
    const told: string[] = [];
    const stopping = handle((training) => ({
      onEpochEnd: (epoch) => {
        if (epoch === 1) training.stop();
      },
    }));
    const { epoch, history } = await ensemble.fit(x, y, {
      epochs: 5,
      seed: 3,
      callbacks: [stopping, { onTrainEnd: () => void told.push('end'), onTeardown: () => void told.push('teardown') }],
    });
    expect(epoch).toEqual([0, 1]);
    expect(history['loss']).toHaveLength(2);
    expect(told).toEqual(['end', 'teardown']);
    const whole = make();
    await whole.ensemble.fit(x, y, { epochs: 2, seed: 3 });
    expect(weights()).toEqual(whole.weights());
    await Promise.all([ensemble.close(), whole.ensemble.close()]);
  });

  it('read weights, as copies, and save the ensemble of the last whole epoch', async () => {
    const { ensemble, weights } = make();
    const folder = await newFolder();
    const read: number[][][] = [];
    const saving = handle((training) => ({
      onEpochEnd: async (epoch) => {
        const own = training.weights('a');
        expect(own.map(({ name, shape }) => [name, shape])).toEqual([
          ['only/kernel', [3, 2]],
          ['only/bias', [2]],
        ]);
        read.push(own.map(({ values }) => [...values]));
        for (const { values } of own) values.fill(NaN);
        if (epoch === 0) await training.save(folder);
      },
    }));
    await ensemble.fit(x, y, { epochs: 2, callbacks: [saving] });
    expect(read[1]).toEqual(weights());
    const loaded = await Ensemble.load(folder);
    const saved = loaded.toModel().getWeights();
    expect(saved.map((weight) => [...weight.dataSync()])).toEqual(read[0]);
    await Promise.all([ensemble.close(), loaded.close()]);
  });

  it('read and set learning rates, of all members or of one, from the next epoch on', async () => {
    const { ensemble, weights } = make();
    const rates: number[] = [];
    const slowing = handle((training) => ({
      onEpochEnd: () => {
        rates.push(training.learningRate('a'));
        training.setLearningRate(0.05);
        expect(() => {
          training.setLearningRate(0, 'a');
        }).toThrow('Received: 0');
      },
    }));
    await ensemble.fit(x, y, { epochs: 2, batchSize: 20, shuffle: false, callbacks: [slowing] });
    expect(rates).toEqual([0.1, 0.05]);
    // Without momentum, a step at each rate is a fit with each.
    const twice = make();
    for (const learningRate of [0.1, 0.05]) {
      twice.ensemble.compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError' });
      await twice.ensemble.fit(x, y, { batchSize: 20, shuffle: false });
    }
    expect(weights()).toEqual(twice.weights());
    await Promise.all([ensemble.close(), twice.ensemble.close()]);
  });

  it('are told of members that do not exist', async () => {
    const { ensemble } = make();
    const wrong = handle((training) => ({ onEpochEnd: () => void training.weights('b') }));
    await expect(ensemble.fit(x, y, { callbacks: [wrong] })).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER' });
    await ensemble.close();
  });

  it('are chosen by their names too', async () => {
    const { ensemble } = make();
    const folder = await newFolder();
    const filename = join(folder, 'log.csv');
    const { history } = await ensemble.fit(x, y, { epochs: 2, callbacks: [callbacks.csvLogger({ filename })] });
    const [first, second] = history['loss'] ?? [];
    expect(await readFile(filename, 'utf8')).toBe(`epoch,loss\n0,${String(first)}\n1,${String(second)}\n`);
    await ensemble.close();
  });

  it('are torn down by the former name of the hook, too', async () => {
    const { ensemble } = make();
    const told: string[] = [];
    const former = { onTrainStop: () => void told.push('former') };
    const both = { onTrainStop: () => void told.push('not this'), onTeardown: () => void told.push('new') };
    await ensemble.fit(x, y, { callbacks: [former, both] });
    expect(told).toEqual(['former', 'new']);
    await ensemble.close();
  });
});

/** `Promise.withResolvers` of Node.js 22. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
