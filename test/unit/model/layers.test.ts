import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { allLayers } from '../../../src/model/layers.js';

it('finds every layer of a model once, with its place whatever it is called', () => {
  const shared = tf.layers.dense({ units: 3, name: 'shared' });
  const block = tf.sequential({ name: 'block', layers: [tf.layers.reLU({ name: 'relu', inputShape: [4, 3] })] });
  const cell = [tf.layers.lstmCell({ units: 3, name: 'c1' }), tf.layers.gruCell({ units: 2, name: 'c2' })];
  const x = tf.input({ shape: [4, 3], name: 'x' });
  let y = shared.apply(shared.apply(x)) as tf.SymbolicTensor;
  for (const layer of [
    block,
    tf.layers.timeDistributed({ layer: tf.layers.dropout({ rate: 0.1, name: 'drop' }), name: 'time' }),
    tf.layers.bidirectional({
      layer: tf.layers.simpleRNN({ units: 2, returnSequences: true, name: 'rnn' }),
      mergeMode: 'sum',
      name: 'bi',
    }),
    tf.layers.rnn({ cell, name: 'stack' }),
  ])
    y = layer.apply(y) as tf.SymbolicTensor;
  const places = allLayers(tf.model({ inputs: x, outputs: y })).map(({ path, place }) => `${place} ${path}`);
  expect(places).toEqual([
    '0 x',
    '1 shared',
    '2 block',
    '2/0 block/relu',
    '3 time',
    '3/0 time/drop',
    '4 bi',
    '4/0 bi/rnn',
    '4/0/0 bi/rnn',
    '4/1 bi/forward_rnn',
    '4/1/0 bi/forward_rnn',
    '4/2 bi/backward_rnn',
    '4/2/0 bi/backward_rnn',
    '5 stack',
    '5/0 stack',
    '5/0/0 stack',
    '5/0/1 stack',
  ]);
});
