import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { copyModel } from '../../../src/model/copy.js';
import { initializeModel } from '../../../src/model/initialize.js';

const dense = (options: object = {}) => tf.layers.dense({ units: 3, inputShape: [3], ...options });
const seeded = () => tf.initializers.glorotUniform({ seed: 5 });
const net = () =>
  tf.sequential({ layers: [dense({ kernelInitializer: seeded() }), tf.layers.batchNormalization(), dense()] });

const x = tf.tensor([[1, -2, 3]]);
const predict = (model: tf.LayersModel) => [...(model.predict(x) as tf.Tensor).dataSync()];

/** The order of a model's weights differs in each of these. */
const freezes: Record<string, (model: tf.LayersModel) => void> = {
  nothing: () => undefined,
  'a layer': ({ layers }) => {
    for (const layer of layers.slice(0, 1)) layer.trainable = false;
  },
  'the whole model': (model) => (model.trainable = false),
};

describe.each(Object.entries(freezes))('a model in which %s is frozen', (_what, freeze) => {
  it('is copied with its weights, also when nested', () => {
    const inner = net();
    initializeModel(inner, 'a', 1);
    const outer = tf.sequential({ layers: [inner, dense()] });
    freeze(inner);
    for (const model of [inner, outer])
      expect(predict(copyModel(model, 'copy', (path) => path.at(-1) ?? ''))).toEqual(predict(model));
  });

  it('gets the same new weights as if it were not', () => {
    const [one, other] = [net(), net()];
    freeze(other);
    for (const model of [one, other]) initializeModel(model, 'a', 1);
    expect(predict(other)).toEqual(predict(one));
  });
});

it('an initializer keeps a seed of its own; others draw by seed and member', () => {
  const kernels = (member: string, seed: number) => {
    const model = net();
    initializeModel(model, member, seed);
    return [0, 2].map((i) => [...(model.layers[i]?.getWeights()[0]?.dataSync() ?? [])]);
  };
  const [own, drawn] = kernels('a', 1);
  expect(kernels('a', 1)).toEqual([own, drawn]);
  for (const [others, another] of [kernels('a', 2), kernels('b', 1)]) {
    expect(others).toEqual(own);
    expect(another).not.toEqual(drawn);
  }
});
