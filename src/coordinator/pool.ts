import * as comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { engineCatalog } from '../engines/catalog.js';
import { EnsembleError } from '../errors.js';
import type { SharedMember, ThreadApi } from '../protocol/thread.js';
import type { Crew, Thread, ThreadState } from './crew.js';
import type { SessionOptions } from './pass.js';
import { SharedMemory } from './sharedMemory.js';

const ENTRY = new URL('../workers/thread.js', import.meta.url).href;

/** Worker threads of this process. They are kept between sessions, because a started thread has its engines loaded and warm. */
export class ThreadPool implements Crew {
  /** Kept between sessions as well. */
  readonly #memory = new SharedMemory();
  #piscina: Piscina | null = null;
  /** The backend of TensorFlow.js in these threads; null until a session needs one. */
  #backend: string | null = null;

  async take(count: number, engines: SessionOptions['engines']): Promise<Thread[]> {
    const used = engineCatalog.usedBy(engines);
    for (const engine of used) await engine.prepareProcess?.(count);
    const backend = used.find(({ needsBackend }) => needsBackend !== null)?.needsBackend ?? null;
    const hasOther = backend !== null && this.#backend !== null && this.#backend !== backend;
    // If the pool has more threads than needed, the others stay idle.
    if (this.#piscina === null || this.#piscina.options.maxThreads < count || hasOther) {
      await this.close();
      // Each thread has one long task. Piscina must not wait in Atomics itself, and it must not replace a thread that died.
      this.#piscina = new Piscina({
        filename: ENTRY,
        minThreads: 0,
        maxThreads: count,
        concurrentTasksPerWorker: 1,
        idleTimeout: Infinity,
        atomics: 'disabled',
      });
      // Without a listener, an 'error' of a thread between sessions would end the process. The thread is replaced when it is needed again.
      this.#piscina.on('error', (error: unknown) => {
        process.emitWarning(`An idle worker thread failed: ${String(error)}`, 'EnsembleWarning', 'IDLE_THREAD_FAILED');
      });
    }
    this.#backend = backend ?? this.#backend;
    const piscina = this.#piscina;
    return Array.from({ length: count }, () => new PoolThread(piscina));
  }

  share(...session: Parameters<Crew['share']>): SharedMember[] {
    return this.#memory.share(...session);
  }

  async close(): Promise<void> {
    const piscina = this.#piscina;
    this.#piscina = null;
    this.#backend = null;
    await piscina?.destroy();
    this.#memory.free();
  }
}

/** A thread of the pool: a task of Piscina that lasts as long as the session. */
class PoolThread implements Thread {
  state: ThreadState = 'serving';
  readonly #port: MessagePort;
  readonly #api: comlink.Remote<ThreadApi>;
  /** Settles when the task ends. */
  readonly #served: Promise<void>;
  /** Rejects when the task ends, because the thread can't answer any more. */
  readonly #over: Promise<never>;
  /** Resolves when either side has closed the port. */
  readonly #closed: Promise<unknown>;

  constructor(piscina: Piscina) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#closed = new Promise((resolve) => port1.once('close', resolve));
    this.#served = piscina.run({ port: port2 }, { transferList: [port2] }) as Promise<void>;
    this.#over = this.#served.then(
      () => {
        this.state = 'free';
        throw new EnsembleError('CLOSED', 'The session of this thread is closed.');
      },
      (error: unknown) => {
        this.state = 'dead';
        throw new EnsembleError('THREAD_DIED', `A worker thread ended unexpectedly: ${String(error)}`, {
          cause: error,
        });
      },
    );
    this.#over.catch(() => undefined); // a call rejects with it; without a call, it is not an unhandled rejection
    this.#api = comlink.wrap<ThreadApi>(nodeEndpoint(port1));
  }

  call<T>(ask: (api: ThreadApi) => Promise<T>): Promise<T> {
    return Promise.race([ask(this.#api), this.#over]);
  }

  async release(): Promise<void> {
    if (this.state === 'serving') this.state = 'leaving';
    try {
      // The task may end before the thread has answered, so wait for its end.
      await Promise.race([this.#api.close(), this.#served]);
      await this.#served;
    } finally {
      this.#port.close();
      await this.#closed; // an open port keeps the process alive
    }
  }
}
