import * as tf from '@tensorflow/tfjs';
import { expect, it, onTestFinished } from 'vitest';
import type { Crew, Thread, ThreadState } from '../../../src/coordinator/crew.js';
import type { SessionOptions } from '../../../src/coordinator/pass.js';
import { Session } from '../../../src/coordinator/session.js';
import { resolveRunOptions, settingsOf } from '../../../src/coordinator/settings.js';
import { MemberStore } from '../../../src/coordinator/state.js';
import { EnsembleError } from '../../../src/errors.js';
import { mean } from '../../../src/merge/index.js';
import { bindInputs } from '../../../src/plan/bind.js';
import { planEnsemble } from '../../../src/plan/plan.js';
import type { SharedMember, ThreadApi } from '../../../src/protocol/thread.js';
import { ThreadSession } from '../../../src/workers/threadSession.js';

/** Float32 sums in another order. */
const TOLERANCE = 1e-6;
const SAMPLES = 5;

/** A crew of another kind than the pool: it works in the thread of the test. */
class LocalCrew implements Crew {
  readonly threads: LocalThread[] = [];
  isClosed = false;

  take(count: number): Promise<Thread[]> {
    this.threads.push(...Array.from({ length: count }, () => new LocalThread()));
    return Promise.resolve(this.threads);
  }

  share(): SharedMember[] {
    return [];
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

class LocalThread implements Thread {
  state: ThreadState = 'serving';
  readonly #session = new ThreadSession(() => (this.state = 'free'));

  call<T>(ask: (api: ThreadApi) => Promise<T>): Promise<T> {
    if (this.state !== 'serving') return Promise.reject(new EnsembleError('THREAD_DIED', 'It is dead'));
    return ask(this.#session);
  }

  release(): Promise<void> {
    return this.state === 'dead' ? Promise.reject(new Error('It is dead')) : this.#session.close();
  }
}

function prepare() {
  const net = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], activation: 'softmax' })] });
  const models = { a: net(), b: net() };
  onTestFinished(() => {
    tf.disposeVariables();
  });
  const plan = planEnsemble({ a: { model: models.a }, b: { model: models.b } }, { m: mean(['a', 'b']) });
  const store = new MemberStore(plan.members, new Map(Object.entries(models).map(([k, m]) => [k, m.weights])), null);
  store.read();
  const options: SessionOptions = {
    plan,
    compiled: null,
    trains: false,
    states: store.states,
    engines: { a: 'wasm', b: 'wasm' },
    settings: { ...settingsOf(resolveRunOptions('predict', { batchSize: 2 })), threads: 1 },
    setup: null,
    signal: null,
  };
  const values = Float32Array.from({ length: SAMPLES * 3 }, (_, i) => Math.sin(i));
  const results = { m: new Float32Array(SAMPLES * 2) };
  const pass = {
    mode: 'predict' as const,
    inputs: bindInputs(plan, { data: values, shape: [SAMPLES, 3] }),
    targets: {},
    ranges: [{ order: null, start: 0, samples: SAMPLES }],
    results,
  };
  const x = tf.tensor2d(values, [SAMPLES, 3]);
  const expected = tf.tidy(() => {
    const [a, b] = [models.a.predict(x) as tf.Tensor, models.b.predict(x) as tf.Tensor];
    return a.add(b).div(2).dataSync<'float32'>();
  });
  return { options, pass, expected };
}

it('serves a session, whatever its threads are, and gets them back', async () => {
  const { options, pass, expected } = prepare();
  const crew = new LocalCrew();
  const session = await Session.open(options, crew);
  await session.run(pass);
  for (const [i, value] of expected.entries())
    expect(Math.abs((pass.results.m[i] ?? NaN) - value)).toBeLessThan(TOLERANCE);
  expect(session.builds).toEqual([expect.stringMatching(/^wasm /)]);
  await session.close();
  expect(crew.threads.map(({ state }) => state)).toEqual(['free']);
  expect(crew.isClosed).toBe(false);
});

it('is ended as a whole after one of its threads has died in a pass', async () => {
  const { options, pass } = prepare();
  const crew = new LocalCrew();
  const session = await Session.open(options, crew);
  for (const thread of crew.threads) thread.state = 'dead';
  await expect(session.run(pass)).rejects.toMatchObject({
    code: 'THREAD_DIED',
    message: expect.stringContaining('"a", "b"') as string,
  });
  expect(session.intact).toBe(false);
  await session.close();
  expect(crew.isClosed).toBe(true);
});

it('is ended as a whole if a thread is not free after its release', async () => {
  const { options } = prepare();
  const crew = new LocalCrew();
  const session = await Session.open(options, crew);
  for (const thread of crew.threads) thread.state = 'dead';
  await session.close();
  expect(crew.isClosed).toBe(true);
});
