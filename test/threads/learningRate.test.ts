import * as tf from '@tensorflow/tfjs';
import { direct, Ensemble, schedules, sgd, type SgdOptions } from 'tfjs-ensemble';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemberStore } from '../../dist/coordinator/state.js';
import { testedEngines, type TestedEngine } from '../engines.js';
import { weightsOf } from './helpers.js';

const SAMPLES = 160;
/** Two shards in each batch, for two threads. */
const BATCH_SIZE = 64;
const STEPS = Math.ceil(SAMPLES / BATCH_SIZE);
const x = { data: Float32Array.from({ length: SAMPLES * 3 }, (_, i) => Math.sin(i)), shape: [SAMPLES, 3] };
const y = { data: Float32Array.from({ length: SAMPLES * 2 }, (_, i) => Math.cos(i)), shape: [SAMPLES, 2] };

const reads = vi.spyOn(MemberStore.prototype, 'read');
beforeEach(() => {
  reads.mockClear();
});

/** The states of the ensemble whose `fit` began last. */
function lastStore(): MemberStore {
  const store = reads.mock.contexts.at(-1);
  if (!(store instanceof MemberStore)) throw new Error('No ensemble was trained');
  return store;
}

type Rate = NonNullable<SgdOptions['learningRate']>;

function make(rate: Rate, engine: TestedEngine, threads: number) {
  const layers = [
    tf.layers.dense({ units: 6, inputShape: [3], activation: 'tanh' }),
    tf.layers.dense({ units: 2, kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }),
  ];
  const model = tf.sequential({ layers });
  const ensemble = new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });
  const compile = (learningRate: Rate) => {
    ensemble.compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError' });
  };
  ensemble.initialize(1);
  compile(rate);
  const fit = async (epochs = 1) => {
    await ensemble.fit(x, y, { batchSize: BATCH_SIZE, epochs, shuffle: false, engine, threads });
    return weightsOf(model);
  };
  return { model, compile, fit, [Symbol.asyncDispose]: () => ensemble.close() };
}

/** A member of another engine than `wasm` is the work of one thread. */
const runs = testedEngines.flatMap((engine) =>
  (engine === 'wasm' ? [1, 2] : [1]).map((threads) => ({ engine, threads })),
);

describe.each(runs)('the learning rate on the engine $engine with $threads threads', ({ engine, threads }) => {
  it('that is set between two fits is as if the ensemble had been compiled with it', async () => {
    await using changed = make(0.1, engine, threads);
    await using compiled = make(0.02, engine, threads);
    const before = await changed.fit();
    const store = lastStore();
    expect(store.learningRate('a')).toBe(0.1);
    store.setLearningRate('a', 0.02);
    expect(store.learningRate('a')).toBe(0.02);
    compiled.model.setWeights(changed.model.getWeights());
    const after = await changed.fit();
    expect(after).toEqual(await compiled.fit());
    expect(after).not.toEqual(before);
    // It stays until the next compile.
    expect(await changed.fit()).toEqual(await compiled.fit());
    changed.compile(0.1);
    compiled.compile(0.1);
    expect(await changed.fit()).toEqual(await compiled.fit());
  });

  it('of a schedule is that of each step', async () => {
    const halved = { initialLearningRate: 0.1, decaySteps: STEPS, decayRate: 0.5, staircase: true };
    await using scheduled = make(schedules.exponentialDecay(halved), engine, threads);
    await using changed = make(0.1, engine, threads);
    await changed.fit();
    lastStore().setLearningRate('a', 0.05);
    const expected = await changed.fit();
    expect(await scheduled.fit(2)).toEqual(expected);
    expect(lastStore().learningRate('a')).toBe(0.025);
  });
});
