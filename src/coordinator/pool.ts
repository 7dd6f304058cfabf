import * as comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { EnsembleError } from '../errors.js';
import type { TfjsEngineName } from '../protocol/plan.js';
import type { ThreadApi } from '../protocol/thread.js';
import { SharedMemory } from './sharedMemory.js';

const ENTRY = new URL('../workers/thread.js', import.meta.url).href;

/** A thread that serves a session. */
export interface Thread {
  /** Calls a method in the thread. Rejects when the thread dies instead of waiting for an answer that can't come. */
  call<T>(ask: (api: comlink.Remote<ThreadApi>) => Promise<T>): Promise<T>;
  /** Ends the session; the thread is free for another one. Rejects when the thread has died. */
  release(): Promise<void>;
}

/** Worker threads, kept between sessions: a started thread has its engines loaded and warm. */
export class ThreadPool {
  /** What the threads share; kept as well. */
  readonly memory = new SharedMemory();
  #piscina: Piscina | null = null;
  /** What TensorFlow.js computes with in these threads, once one of them has it. */
  #backend: TfjsEngineName | null = null;

  /**
   * Takes `count` threads for a session.
   * @param backend what it needs TensorFlow.js to compute with, which a thread can't change; null: nothing
   */
  async take(count: number, backend: TfjsEngineName | null): Promise<Thread[]> {
    const hasOther = backend !== null && this.#backend !== null && this.#backend !== backend;
    // More threads than are needed stay idle until they are.
    if (this.#piscina === null || this.#piscina.options.maxThreads < count || hasOther) {
      await this.close();
      // One long task a thread; Piscina must neither wait in Atomics itself nor replace a thread that died.
      this.#piscina = new Piscina({
        filename: ENTRY,
        minThreads: 0,
        maxThreads: count,
        concurrentTasksPerWorker: 1,
        idleTimeout: Infinity,
        atomics: 'disabled',
      });
      // A thread that fails between sessions is replaced when it is needed again; as an 'error' it would end the process.
      this.#piscina.on('error', (error: unknown) => {
        process.emitWarning(`An idle worker thread failed: ${String(error)}`, 'EnsembleWarning', 'IDLE_THREAD_FAILED');
      });
    }
    this.#backend = backend ?? this.#backend;
    const piscina = this.#piscina;
    return Array.from({ length: count }, () => startThread(piscina));
  }

  /** Ends all threads, also those that are in the middle of something. */
  async close(): Promise<void> {
    const piscina = this.#piscina;
    this.#piscina = null;
    this.#backend = null;
    await piscina?.destroy();
    this.memory.free();
  }
}

function startThread(piscina: Piscina): Thread {
  const { port1, port2 } = new MessageChannel();
  // Its other end may close it, too.
  const closed = new Promise((resolve) => port1.once('close', resolve));
  const served = piscina.run({ port: port2 }, { transferList: [port2] }) as Promise<void>;
  const died = served.then(
    () => {
      throw new EnsembleError('CLOSED', 'The session of this thread is closed.');
    },
    (error: unknown) => {
      throw new EnsembleError('THREAD_DIED', `A worker thread ended unexpectedly: ${String(error)}`, { cause: error });
    },
  );
  died.catch(() => undefined); // it is told by whoever calls
  const api = comlink.wrap<ThreadApi>(nodeEndpoint(port1));
  return {
    call: (ask) => Promise.race([ask(api), died]),
    release: async () => {
      try {
        // The thread's task may end before it has answered, so its end is what counts.
        await Promise.race([api.close(), served]);
        await served;
      } finally {
        port1.close();
        await closed; // until then it is a handle of this process
      }
    },
  };
}
