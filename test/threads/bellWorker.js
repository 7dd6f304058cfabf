/** A thread that takes turns with another one: each waits on the bell until the turn is its own, counts it up, and rings. */
import { parentPort, workerData } from 'node:worker_threads';
import { Bell } from '../../dist/protocol/bell.js';

const { words, turn, own, turns } = workerData;
const bell = new Bell(words);
for (let done = 0; done < turns; done++) {
  for (;;) {
    const { rings } = bell;
    if (Atomics.load(turn, 0) % 2 === own) break;
    bell.wait(rings);
  }
  Atomics.add(turn, 0, 1);
  bell.ring();
}
parentPort.postMessage('done');
