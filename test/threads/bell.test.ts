import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { allocateBell } from '../../src/protocol/bell.js';

const TURNS = 20_000;

it.each([true, false])('no ring is missed by real threads that take turns (spins: %s)', async (spins) => {
  const words = allocateBell(spins);
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const threads = [0, 1].map(
    (own) =>
      new Worker(new URL('./bellWorker.js', import.meta.url), { workerData: { words, turn, own, turns: TURNS } }),
  );
  // A missed ring leaves both asleep for ever: the test's time is up.
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  expect(turn[0]).toBe(2 * TURNS);
  await Promise.all(threads.map((thread) => thread.terminate()));
});
