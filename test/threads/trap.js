/**
 * A custom layer that passes its input through and, in a worker thread, does what the test has asked for. Imported by the
 * test (to build models with it) and by each worker (as the ensemble's `setup`).
 */
import * as tf from '@tensorflow/tfjs';
import { getEnvironmentData, isMainThread } from 'node:worker_threads';

/** Key of the environment data that tells a trap what to do: `{ at, action, gate }`. */
export const TRAP = 'tfjs-ensemble/test/trap';

export class Trap extends tf.layers.Layer {
  static className = 'TestTrap';
  #calls = 0;

  computeOutputShape(inputShape) {
    return inputShape;
  }

  call(inputs, kwargs) {
    const trap = getEnvironmentData(TRAP);
    if (!isMainThread && kwargs.training === true && trap !== undefined && trap.action !== 'none') {
      this.#calls++;
      if (trap.action === 'slow') Atomics.wait(trap.gate, 0, 0, 3);
      if (this.#calls === trap.at) this.#spring(trap);
    }
    return Array.isArray(inputs) ? inputs[0].clone() : inputs.clone();
  }

  #spring({ action, gate }) {
    if (action === 'throw') throw new TypeError('the trap sprang');
    if (action === 'exit') process.exit(7);
    if (action === 'wait') Atomics.wait(gate, 0, 0);
    if (action === 'hang') for (;;);
  }
}
tf.serialization.registerClass(Trap);

/** Traps for a thread that is in no step: they spring when the gate is opened. */
async function awaitGate({ action, gate }) {
  await Atomics.waitAsync(gate, 0, 0).value;
  if (action === 'throw when idle') throw new TypeError('the idle trap sprang');
  Atomics.store(gate, 0, 2);
  Atomics.notify(gate, 0);
  process.exit(7);
}
const trap = getEnvironmentData(TRAP);
if (!isMainThread && trap?.action.endsWith('when idle')) void awaitGate(trap);
