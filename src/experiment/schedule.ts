import PQueue from 'p-queue';
import { Experience, type Cost } from './cost.js';
import type { PlannedRun } from './plan.js';

/** The resources that a series may use at any time. */
export interface Budget {
  /** Threads of all runs together. */
  readonly threads: number;
  /** Memory of all runs' processes together. */
  readonly bytes: number;
}

/**
 * Decides which run starts next and how many run at the same time. The longest runs start first, so that the series does not end with one
 * long run on one core. Each run gets one thread, as long as the memory suffices. If fewer runs than threads are left, a run gets several threads.
 */
export class Schedule {
  readonly #queue: PQueue;
  /** In the order in which they start. */
  readonly #waiting: PlannedRun[];
  readonly #running = new Map<PlannedRun, number>();
  readonly #experience = new Experience();
  /** Whether no run may start for now. */
  #isHeld = false;

  constructor(
    runs: readonly PlannedRun[],
    private readonly budget: Budget,
    private readonly start: (run: PlannedRun, threads: number) => Promise<Cost | null>,
  ) {
    this.#waiting = [...runs].sort((a, b) => b.priority - a.priority || b.cost.ms - a.cost.ms);
    this.#queue = new PQueue({ autoStart: false, concurrency: this.#concurrency() });
    for (const run of [...this.#waiting]) {
      // `done` reports the error to the caller.
      this.#queue.add(() => this.#run(run)).catch(() => undefined);
    }
  }

  /** Resolves when all runs have ended. Rejects with the first error of `start`; then no more runs start. */
  async done(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.#queue.clear();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (!this.#isHeld) this.#queue.start();
    try {
      await Promise.race([this.#queue.onIdle(), this.#queue.onError()]);
    } finally {
      await this.#queue.onIdle();
      signal.removeEventListener('abort', stop);
    }
    signal.throwIfAborted();
  }

  /** Starts no more runs until {@link resume} is called. Runs that have started continue. */
  pause(): void {
    this.#isHeld = true;
    this.#queue.pause();
  }

  resume(): void {
    this.#isHeld = false;
    this.#queue.start();
  }

  /** Milliseconds that are left, estimated from the finished runs. @param progress of a run, from 0 to 1 */
  msLeft(progress: (run: PlannedRun) => number): number {
    const left = (run: PlannedRun): number => this.#experience.correct(run.cost).ms * (1 - progress(run));
    // Milliseconds until each thread is free: first for the active runs, then with the waiting runs in their order.
    const free = [...this.#running].map(([run, threads]) => left(run) / threads);
    while (free.length < this.budget.threads) free.push(0);
    for (const run of this.#waiting) {
      free.sort((a, b) => a - b);
      free[0] = (free[0] ?? 0) + left(run);
    }
    return Math.max(...free);
  }

  async #run(run: PlannedRun): Promise<void> {
    const threads = this.#threadsFor(run);
    this.#waiting.splice(this.#waiting.indexOf(run), 1);
    this.#running.set(run, threads);
    try {
      const took = await this.start(run, threads);
      if (took !== null) this.#experience.learn(run.cost, took);
    } catch (error) {
      this.#queue.clear();
      throw error;
    } finally {
      this.#running.delete(run);
      this.#queue.concurrency = this.#concurrency();
    }
  }

  /** Divides the free threads equally among the runs that can start now. */
  #threadsFor(run: PlannedRun): number {
    const free = this.budget.threads - [...this.#running.values()].reduce((sum, threads) => sum + threads, 0);
    const starting = Math.min(this.#waiting.length, this.#concurrency() - this.#running.size);
    return Math.max(1, Math.min(run.mostThreads, Math.floor(free / Math.max(1, starting))));
  }

  /** Number of runs at the same time: the active ones, and as many waiting ones as threads and memory allow. At least one. */
  #concurrency(): number {
    let bytes = 0;
    let count = 0;
    for (const run of [...this.#running.keys(), ...this.#waiting]) {
      bytes += this.#experience.correct(run.cost).bytes;
      if (count >= this.#running.size && (count === this.budget.threads || bytes > this.budget.bytes)) break;
      count++;
    }
    return Math.max(1, count);
  }
}
