import * as tf from '@tensorflow/tfjs';
import { EventEmitter, once } from 'node:events';
import { Ensemble, EnsembleError, adam, direct, mean, sgd, type EngineOption } from 'tfjs-ensemble';
import { afterEach, describe, expect, it } from 'vitest';
import { cnn, digits, openGate, setTrap, SETUP, weightsOf } from './helpers.js';

const data = await digits(64);

function ensemble() {
  const members = {
    cnn1: { model: cnn('cnn1', { trap: true }) },
    cnn2: { model: cnn('cnn2') },
    cnn3: { model: cnn('cnn3') },
  };
  const made = new Ensemble({
    members,
    outputs: { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') },
    setup: SETUP,
  });
  made.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
  return { ensemble: made, members };
}

/** Tells when it was stopped, and whether anything was told after that. */
function stoppable() {
  const calls: string[] = [];
  const note = (name: string) => () => void calls.push(name);
  return { calls, callback: { onEpochEnd: note('epoch'), onTrainEnd: note('end'), onTrainStop: note('stop') } };
}

/** A callback whose hook fails. */
function throwing(hook: string) {
  return {
    [hook]: () => {
      throw new EnsembleError('CONFIG', hook);
    },
  };
}

async function failure(work: Promise<unknown>): Promise<EnsembleError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof EnsembleError) return error;
    throw error;
  }
  throw new Error('Expected a failure');
}

describe('a run that goes wrong', () => {
  afterEach(() => {
    setTrap('none');
  });

  it.each([3, 1])('ends with the name of a member that throws, and what it threw, with %d threads', async (threads) => {
    setTrap('throw', 3);
    const { ensemble: made } = ensemble();
    const { calls, callback } = stoppable();
    const options = { batchSize: 16, threads, callbacks: [callback, callback] };
    const error = await failure(made.fit(data.x, [data.y, data.y], options));
    expect(calls).toEqual(['stop', 'stop']);
    expect(error).toMatchObject({ code: 'MEMBER_FAILED', message: 'Member "cnn1" failed: the trap sprang' });
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'the trap sprang' });
    expect((error.cause as Error).stack).toContain('trap.js');
    await made.close();
  });

  it.each([
    ['that is missing', new URL('./missing.js', import.meta.url), 'SETUP_MODULE', '`setup`'],
    ['that does not register the layer', 'data:text/javascript,', 'ENGINE_UNAVAILABLE', '`setup`'],
  ])('says so for a setup module %s', async (_what, setup, code, part) => {
    const model = cnn('cnn1', { trap: true });
    const made = new Ensemble({ members: { cnn1: { model } }, outputs: { cnn1: direct('cnn1') }, setup });
    const message = expect.stringContaining(part) as string;
    expect(await failure(made.predict(data.x))).toMatchObject({ code, message });
    await made.close();
  });

  it.each<[EngineOption, string]>([
    ['jax' as 'auto', '`engine`'],
    [{ cnn1: 'jax' as 'auto' }, '`engine.cnn1`'],
    [{ cnn9: 'wasm' }, '"cnn9"; did you mean "cnn1"?'],
    [{ cnn1: 'tensorflow', cnn2: 'tfjs' }, 'not to name both "tensorflow" and "tfjs"'],
  ])('is not begun with the engine %j', async (engine, part) => {
    const { ensemble: made } = ensemble();
    const message = expect.stringContaining(part) as string;
    expect(await failure(made.predict(data.x, { engine }))).toMatchObject({ code: 'INVALID_OPTION', message });
    await made.close();
  });

  it('ends with the name of the member whose thread is killed', async () => {
    setTrap('exit', 3);
    const { ensemble: made } = ensemble();
    const error = await failure(made.fit(data.x, [data.y, data.y], { batchSize: 16, threads: 3 }));
    expect(error).toMatchObject({ code: 'THREAD_DIED', message: expect.stringContaining('"cnn1"') as string });
    await made.close();
  });

  it('leaves the models as they were at the end of the last epoch, and can be started again', async () => {
    setTrap('none');
    const { ensemble: good, members: goodMembers } = ensemble();
    await good.fit(data.x, [data.y, data.y], { batchSize: 16, epochs: 1, seed: 3 });
    await good.close();

    setTrap('throw', 6); // in the second epoch of four steps
    const { ensemble: made, members } = ensemble();
    await failure(made.fit(data.x, [data.y, data.y], { batchSize: 16, epochs: 2, seed: 3 }));
    for (const name of ['cnn1', 'cnn2', 'cnn3'] as const) {
      expect(weightsOf(members[name].model)).toEqual(weightsOf(goodMembers[name].model));
    }
    setTrap('none');
    const { history } = await made.fit(data.x, [data.y, data.y], { batchSize: 16 });
    expect(history['loss']).toHaveLength(1);
    await made.close();
  });

  it('ends after the step time-out, if there is one, although a thread never answers', async () => {
    setTrap('hang', 2);
    const { ensemble: made } = ensemble();
    const error = await failure(made.fit(data.x, [data.y, data.y], { batchSize: 16, threads: 3, stepTimeout: 1000 }));
    expect(error).toMatchObject({ code: 'STEP_TIMEOUT', message: expect.stringContaining('cnn1, cnn2') as string });
    await made.close();
  });

  it('stops at a whole step when it is aborted, and keeps what was learnt', async () => {
    const gate = setTrap('wait', 3);
    const { ensemble: made, members } = ensemble();
    const before = weightsOf(members.cnn1.model);
    const abort = new AbortController();
    const { calls, callback } = stoppable();
    const work = failure(
      made.fit(data.x, [data.y, data.y], {
        batchSize: 16,
        threads: 3,
        signal: abort.signal,
        // cnn1 waits in its third step; cnn3, a group of its own, has gone on to the end.
        callbacks: [
          {
            onProgress: ({ step, steps }) => {
              if (step !== steps) return;
              abort.abort();
              openGate(gate);
            },
          },
          callback,
        ],
      }),
    );
    expect(await work).toMatchObject({ code: 'ABORTED' });
    expect(calls).toEqual(['stop']);
    expect(weightsOf(members.cnn1.model)).not.toEqual(before);
    await made.close();
  });

  it('ends with what a callback throws', async () => {
    setTrap('none');
    const { ensemble: made } = ensemble();
    for (const hook of ['onEpochEnd', 'onTrainStop']) {
      const { calls, callback } = stoppable();
      const work = made.fit(data.x, [data.y, data.y], { batchSize: 16, callbacks: [throwing(hook), callback] });
      expect(await failure(work)).toMatchObject({ message: hook });
      expect(calls.at(-1)).toBe('stop');
    }
    await made.close();
  });

  it('ends with what a callback throws in the middle of an epoch', async () => {
    const gate = setTrap('wait', 3);
    const { ensemble: made } = ensemble();
    const { calls, callback } = stoppable();
    const opening = {
      onProgress: () => {
        openGate(gate);
      },
    };
    const callbacks = [opening, throwing('onProgress'), callback];
    const work = made.fit(data.x, [data.y, data.y], { batchSize: 16, threads: 3, callbacks });
    expect(await failure(work)).toMatchObject({ message: 'onProgress' });
    expect(calls).toEqual(['stop']);
    await made.close();
  });

  it('tells a stop last, and once, when all went well; a signal that is aborted already stops any call', async () => {
    setTrap('none');
    const { ensemble: made } = ensemble();
    const { calls, callback } = stoppable();
    await made.fit(data.x, [data.y, data.y], { batchSize: 16, callbacks: [callback] });
    expect(calls).toEqual(['epoch', 'end', 'stop']);
    const signal = AbortSignal.abort();
    for (const work of [
      () => made.fit(data.x, [data.y, data.y], { signal }),
      () => made.evaluate(data.x, [data.y, data.y], { signal }),
      () => made.predict(data.x, { signal }),
    ]) {
      const message = expect.stringContaining('`signal`') as string;
      expect(await failure(work())).toMatchObject({ code: 'ABORTED', message });
    }
    await made.close();
  });

  it('is ended by force when it is aborted and a member does not stop, and forgets that epoch', async () => {
    setTrap('hang', 1);
    const { ensemble: made, members } = ensemble();
    const before = weightsOf(members.cnn3.model);
    const abort = new AbortController();
    // cnn3, a group of its own, has gone on to the end.
    const onProgress = ({ step, steps }: { step: number; steps: number }): void => {
      if (step === steps) abort.abort();
    };
    const options = { batchSize: 16, threads: 3, stepTimeout: 5000, signal: abort.signal, callbacks: [{ onProgress }] };
    const error = await failure(made.fit(data.x, [data.y, data.y], options));
    expect(error).toMatchObject({ code: 'ABORTED', message: expect.stringContaining('ended: cnn1, cnn2') as string });
    expect(weightsOf(members.cnn3.model)).toEqual(before);
    await made.close();
  });

  it('is aborted while its threads start, although a setup module never ends', async () => {
    const model = cnn('cnn1');
    const setup = 'data:text/javascript,await new Promise(() => {})';
    const made = new Ensemble({ members: { cnn1: { model } }, outputs: { cnn1: direct('cnn1') }, setup });
    const abort = new AbortController();
    const work = failure(made.predict(data.x, { signal: abort.signal }));
    abort.abort();
    expect(await work).toMatchObject({ code: 'ABORTED' });
    await made.close();
  });

  it('keeps members of a group at the same step when it is aborted', async () => {
    const gate = setTrap('wait', 3);
    // Twins: with the same weights and the same gradient they are equal after every whole step.
    const members = { cnn1: { model: cnn('cnn1', { trap: true }) }, cnn2: { model: cnn('cnn1') } };
    const made = new Ensemble({ members, outputs: { combined: mean(['cnn1', 'cnn2']) }, setup: SETUP });
    made.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
    const abort = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step < 2) return;
      abort.abort();
      openGate(gate);
    };
    const options = {
      batchSize: 16,
      threads: 2,
      engine: 'tfjs',
      signal: abort.signal,
      callbacks: [{ onProgress }],
    } as const;
    expect(await failure(made.fit(data.x, data.y, options))).toMatchObject({ code: 'ABORTED' });
    expect(weightsOf(members.cnn1.model)).toEqual(weightsOf(members.cnn2.model));
    await made.close();
  });

  it('keeps what a fit has learnt when a thread dies after the last step', async () => {
    const gate = setTrap('exit when idle');
    const { ensemble: made } = ensemble();
    const onEpochEnd = async (): Promise<void> => {
      openGate(gate);
      await Atomics.waitAsync(gate, 0, 1).value; // a thread is at its end
    };
    const { history } = await made.fit(data.x, [data.y, data.y], { batchSize: 16, callbacks: [{ onEpochEnd }] });
    expect(history['loss']).toHaveLength(1);
    setTrap('none');
    await made.fit(data.x, [data.y, data.y], { batchSize: 16 });
    await made.close();
  });

  it('replaces a thread that fails between two calls, with a warning', async () => {
    const gate = setTrap('throw when idle');
    const { ensemble: made } = ensemble();
    await made.fit(data.x, [data.y, data.y], { batchSize: 16, threads: 1 });
    const warned = once(process, 'warning');
    openGate(gate);
    expect(await warned).toMatchObject([{ code: 'IDLE_THREAD_FAILED' }]);
    setTrap('none');
    await made.fit(data.x, [data.y, data.y], { batchSize: 16, threads: 1 });
    await made.close();
  });

  it('notices a loss that is not a number at its step', async () => {
    const { ensemble: made, members } = ensemble();
    const model = members.cnn3.model;
    model.setWeights(model.getWeights().map((weight) => weight.mul(NaN)));
    const error = await failure(made.fit(data.x, [data.y, data.y], { batchSize: 16 }));
    expect(error).toMatchObject({ code: 'LOSS_NOT_FINITE', message: expect.stringContaining('"cnn3"') as string });
    await made.close();
  });

  it('notices weights that the last step has made infinite', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, kernelInitializer: 'ones', inputShape: [1] })],
    });
    const made = new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });
    made.compile({ optimizer: sgd({ learningRate: 10 }), loss: 'meanSquaredError' });
    const before = weightsOf(model);
    // Loss and gradient, 1e38 and 2e38, are finite; ten times the gradient is not.
    const x = { data: Float32Array.of(1e19, 1e19), shape: [2, 1] };
    const y = { data: Float32Array.of(0, 0), shape: [2, 1] };
    const error = await failure(made.fit(x, y, { batchSize: 2 }));
    expect(error).toMatchObject({ code: 'LOSS_NOT_FINITE', message: expect.stringContaining('weights') as string });
    expect(weightsOf(model)).toEqual(before);
    await made.close();
  });

  it.each([
    ['inside a callback', true],
    ['from outside', false],
  ])('ends at a whole step when the ensemble is closed %s', async (_where, inside) => {
    const { ensemble: made, members } = ensemble();
    const before = weightsOf(members.cnn1.model);
    const epochs = new EventEmitter();
    const begun = once(epochs, 'end');
    const onEpochEnd = async (): Promise<void> => {
      epochs.emit('end');
      if (inside) await made.close();
    };
    const fit = failure(
      made.fit(data.x, [data.y, data.y], { batchSize: 16, epochs: 1000, callbacks: [{ onEpochEnd }] }),
    );
    await begun;
    if (!inside) await made.close();
    expect(await fit).toMatchObject({ code: 'ABORTED' });
    expect(weightsOf(members.cnn1.model)).not.toEqual(before);
    expect(await failure(made.predict(data.x))).toMatchObject({ code: 'CLOSED' });
  });

  it('refuses a second call while one is under way, and any after close', async () => {
    const { ensemble: made } = ensemble();
    const first = made.fit(data.x, [data.y, data.y], { batchSize: 16 });
    expect(await failure(made.predict(data.x))).toMatchObject({ code: 'BUSY' });
    await first;
    await made.close();
    expect(await failure(made.predict(data.x))).toMatchObject({ code: 'CLOSED' });
  });
});
