import * as tf from '@tensorflow/tfjs';
import { adam, direct, Ensemble } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { weightsOf } from './helpers.js';

const x = { data: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)), shape: [20, 3] };
const y = { data: Float32Array.from({ length: 40 }, (_, i) => Math.cos(i)), shape: [20, 2] };

function make() {
  const layers = [
    tf.layers.dense({ units: 4, inputShape: [3], name: 'first' }),
    tf.layers.batchNormalization({ name: 'normal' }),
    tf.layers.dense({ units: 2, name: 'last' }),
  ];
  const model = tf.sequential({ layers });
  const ensemble = new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });
  ensemble.initialize(1);
  ensemble.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  const weights = (name: string) =>
    model
      .getLayer(name)
      .getWeights()
      .map((weight) => [...weight.dataSync()]);
  return { ensemble, model, weights };
}

describe('training again', () => {
  it('follows the layers that were frozen at the last compile, as Keras does', async () => {
    const { ensemble, model, weights } = make();
    await ensemble.fit(x, y);
    const first = weights('first');
    model.getLayer('first').trainable = false;
    await ensemble.fit(x, y); // not compiled again: no effect yet
    expect(weights('first')).not.toEqual(first);
    ensemble.compile({ optimizer: adam(), loss: 'meanSquaredError' });
    const [frozen, last] = [weights('first'), weights('last')];
    await ensemble.fit(x, y);
    expect(weights('first')).toEqual(frozen);
    expect(weights('last')).not.toEqual(last);
    model.getLayer('first').trainable = true;
    ensemble.compile({ optimizer: adam(), loss: 'meanSquaredError' });
    await ensemble.fit(x, y);
    expect(weights('first')).not.toEqual(frozen);
    await ensemble.close();
  });

  it('predicts the same, and assembles, whatever is frozen meanwhile', async () => {
    const { ensemble, model } = make();
    await ensemble.fit(x, y);
    const { a: before } = await ensemble.predict(x);
    model.trainable = false;
    const { a: after } = await ensemble.predict(x);
    expect([...after.dataSync()]).toEqual([...before.dataSync()]);
    const assembled = ensemble.toModel().predict(tf.tensor(x.data, [20, 3])) as tf.Tensor;
    expect(tf.max(tf.abs(assembled.sub(before))).dataSync()[0]).toBeLessThan(1e-6);
    await ensemble.close();
  });

  it('starts from nothing after initialize: weights and optimizer', async () => {
    const { ensemble, model } = make();
    await ensemble.fit(x, y, { epochs: 2 });
    const once = weightsOf(model);
    ensemble.initialize(1);
    await ensemble.fit(x, y, { epochs: 2 });
    expect(weightsOf(model)).toEqual(once);
    await ensemble.close();
  });

  it('takes a batch size beyond all data as one batch of it', async () => {
    const { ensemble } = make();
    const all = await ensemble.fit(x, y, { batchSize: 1e9 });
    expect(all.run.samples).toEqual([20]);
    await ensemble.evaluate(x, y, { batchSize: 1e9 });
    const { a } = await ensemble.predict(x, { batchSize: 1e9 });
    expect(a.shape).toEqual([20, 2]);
    await ensemble.close();
  });
});
