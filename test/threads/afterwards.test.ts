import type { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { adam, Ensemble, mean, type EngineName } from 'tfjs-ensemble';
import { afterEach, describe, expect, it } from 'vitest';
import { cnn, digits, setTrap, SETUP, weightsOf } from './helpers.js';

const data = await digits(48);

function make(engine: EngineName = 'wasm') {
  const trap = engine === 'tfjs';
  const members = { cnn1: { model: cnn('cnn1', { trap }) }, cnn2: { model: cnn('cnn2') } };
  const outputs = { combined: mean(['cnn1', 'cnn2']) };
  const ensemble = new Ensemble({ members, outputs, ...(trap ? { setup: SETUP } : {}) });
  ensemble.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'categoricalCrossentropy' });
  const weights = () => Object.values(members).map(({ model }) => weightsOf(model));
  return { ensemble, weights };
}

describe('after a fit', () => {
  afterEach(() => {
    setTrap('none');
  });

  it('that failed, weights, optimizer and iterations are those of the last whole epoch', async () => {
    const options = { batchSize: 16, threads: 2, engine: 'tfjs' } as const;
    setTrap('throw', 5); // three steps are an epoch
    const failed = make('tfjs');
    await expect(failed.ensemble.fit(data.x, data.y, { ...options, epochs: 2 })).rejects.toMatchObject({
      code: 'MEMBER_FAILED',
    });
    setTrap('none');
    const smooth = make('tfjs');
    await smooth.ensemble.fit(data.x, data.y, options);
    expect(failed.weights()).toEqual(smooth.weights());
    // Adam goes on from the same averages and the same count of updates.
    for (const { ensemble } of [failed, smooth]) await ensemble.fit(data.x, data.y, options);
    expect(failed.weights()).toEqual(smooth.weights());
    await Promise.all([failed.ensemble.close(), smooth.ensemble.close()]);
  });

  it('close ends the threads, which a fit leaves running', async () => {
    const workers: Worker[] = [];
    const note = (worker: Worker): void => void workers.push(worker);
    process.on('worker', note);
    const { ensemble } = make();
    await ensemble.fit(data.x, data.y, { batchSize: 16, threads: 2 });
    process.off('worker', note);
    const running = () => workers.filter(({ threadId }) => threadId !== -1).length;
    expect([workers.length, running()]).toEqual([2, 2]);
    await ensemble.close();
    expect(running()).toBe(0);
  });
});

describe('validationSplit', () => {
  it('trains on the first samples and validates on the last, as if each had been given by itself', async () => {
    const part = (first: number, samples: number) => ({
      x: tf.tensor(
        Array.from(data.x.values.slice(784 * first, 784 * (first + samples)), (v) => v * data.x.scale),
        [samples, 28, 28, 1],
      ),
      y: { data: Int32Array.from(data.y.values.slice(first, first + samples)), shape: [samples] },
    });
    const options = { batchSize: 16, epochs: 2, seed: 5 };
    const { ensemble, weights } = make();
    const { history } = await ensemble.fit(data.x, data.y, { ...options, validationSplit: 0.25 });
    const [training, validation] = [part(0, 36), part(36, 12)];
    const apart = make();
    const { history: expected } = await apart.ensemble.fit(training.x, training.y, {
      ...options,
      validationData: [validation.x, validation.y],
    });
    expect(weights()).toEqual(apart.weights());
    expect(history).toEqual(expected);
    expect(Object.keys(history)).toEqual(['loss', 'val_loss']);
    const whole = make();
    await whole.ensemble.fit(data.x, data.y, options);
    expect(weights()).not.toEqual(whole.weights());
    tf.dispose([training.x, validation.x]);
    for (const { ensemble: made } of [{ ensemble }, apart, whole]) await made.close();
  });
});
