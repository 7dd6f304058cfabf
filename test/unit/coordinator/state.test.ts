import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { MemberStore } from '../../../src/coordinator/state.js';
import { describeModel } from '../../../src/model/describe.js';
import { adam } from '../../../src/train/optimizers/index.js';

function make() {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const plan = { name: 'a', inputs: ['input'], ...describeModel('a', model) };
  const store = new MemberStore([plan], new Map([['a', model.weights]]), { a: adam() });
  const { a: state } = store.states;
  if (state === undefined) throw new Error('the member has no state');
  return { model, store, state };
}

describe("the members' states", () => {
  it('are those of the models when they are read, and become theirs when they are committed', () => {
    const { model, store, state } = make();
    store.read();
    expect([...state.weights]).toEqual(model.getWeights().flatMap((weight) => [...weight.dataSync()]));
    state.weights.fill(7);
    expect(model.getWeights()[0]?.dataSync()[0]).not.toBe(7);
    store.commit();
    expect(model.getWeights().flatMap((weight) => [...weight.dataSync()])).toEqual(new Array(8).fill(7));
  });

  it("have room for the optimizer's slots, in memory that threads share", () => {
    const { state } = make();
    expect([state.weights.length, state.slots.length, state.iterations.length]).toEqual([8, 16, 1]);
    for (const array of [state.weights, state.slots, state.iterations]) {
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  it('go back to the last commit after a failure: slots and iterations too', () => {
    const { store, state } = make();
    state.slots.fill(1);
    state.iterations[0] = 5;
    store.commit();
    state.slots.fill(2);
    state.iterations[0] = 6;
    store.rollback();
    expect([...state.slots]).toEqual(new Array(16).fill(1));
    expect(state.iterations[0]).toBe(5);
    state.slots.fill(3);
    store.rollback();
    expect([...state.slots]).toEqual(new Array(16).fill(1)); // the commit was copied, not shared
  });
});
