import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { MemberStore } from '../../../src/coordinator/state.js';
import { describeModel } from '../../../src/model/describe.js';
import { adam, sgd } from '../../../src/train/optimizers/index.js';
import type { OptimizerConfig } from '../../../src/train/optimizers/registry.js';
import { exponentialDecay } from '../../../src/train/schedules/index.js';

function make(optimizer: OptimizerConfig = adam()) {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const plan = { name: 'a', inputs: ['input'], ...describeModel('a', model) };
  const store = new MemberStore([plan], new Map([['a', model.weights]]), { a: optimizer });
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

describe("a member's learning rate", () => {
  it("is the optimizer's at the member's iteration, until it is set", () => {
    const decay = { initialLearningRate: 0.8, decaySteps: 1, decayRate: 0.5 };
    const { store, state } = make(sgd({ learningRate: exponentialDecay(decay) }));
    expect(store.learningRate('a')).toBe(0.8);
    state.iterations[0] = 2;
    expect(store.learningRate('a')).toBe(0.2);
    store.setLearningRate('a', 0.3);
    state.iterations[0] = 3;
    expect(store.learningRate('a')).toBe(0.3);
  });

  it('reaches threads through shared memory, and outlives a failed fit', () => {
    const { store, state } = make();
    expect([...state.learningRate]).toEqual([NaN]);
    expect(state.learningRate.buffer).toBeInstanceOf(SharedArrayBuffer);
    store.setLearningRate('a', 0.3);
    store.rollback();
    expect([...state.learningRate]).toEqual([0.3]);
  });

  it.each([0, -1, NaN, Infinity, '1' as never])('can not be %s', (rate) => {
    const { store } = make();
    expect(() => {
      store.setLearningRate('a', rate);
    }).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    expect(store.learningRate('a')).toBe(0.001);
  });

  it('is that of a member that is trained', () => {
    const { store } = make();
    expect(() => store.learningRate('b')).toThrow(
      'Expected the name of a member that is trained: one of "a". Received: "b"',
    );
  });
});
