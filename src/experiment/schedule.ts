import PQueue from 'p-queue';
import { Experience, type Cost } from './cost.js';
import type { PlannedRun } from './plan.js';

/** What a series may use of the machine at any time. */
export interface Budget {
  /** Threads of all runs together. */
  readonly threads: number;
  /** Memory of all runs' processes together. */
  readonly bytes: number;
}

/**
 * Which run goes next and how many go at once. The longest go first, so that at the end no single long run is left for one core; as many at
 * once as there are threads, each with one, or fewer where memory is short. Threads that no run waits for go to the run that starts.
 */
export class Schedule {
  readonly #queue: PQueue;
  readonly #waiting: Set<PlannedRun>;
  readonly #running = new Map<PlannedRun, number>();
  readonly #experience = new Experience();

  constructor(
    runs: readonly PlannedRun[],
    private readonly budget: Budget,
    private readonly start: (run: PlannedRun, threads: number) => Promise<Cost | null>,
  ) {
    this.#waiting = new Set(runs);
    this.#queue = new PQueue({ autoStart: false, concurrency: this.#concurrency() });
    const order = [...runs].sort((a, b) => b.priority - a.priority || b.cost.ms - a.cost.ms);
    for (const [place, run] of order.entries()) {
      // An error is the caller's to see, by `done`.
      this.#queue.add(() => this.#run(run), { priority: -place }).catch(() => undefined);
    }
  }

  /** @returns when all runs have ended; rejects with the first error that `start` throws, and starts no further run then */
  async done(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.#queue.clear();
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#queue.start();
    try {
      await Promise.race([this.#queue.onIdle(), this.#queue.onError()]);
    } finally {
      await this.#queue.onIdle();
      signal.removeEventListener('abort', stop);
    }
    signal.throwIfAborted();
  }

  /** No further run starts until {@link resume}; those that run go on. */
  pause(): void {
    this.#queue.pause();
  }

  resume(): void {
    this.#queue.start();
  }

  /** Milliseconds that are left, by what runs took so far. @param progress of a run, from 0 to 1 */
  msLeft(progress: (run: PlannedRun) => number): number {
    const left = (run: PlannedRun): number => this.#experience.correct(run.cost).ms * (1 - progress(run));
    const runs = [...this.#waiting, ...this.#running.keys()];
    return runs.reduce((sum, run) => sum + left(run), 0) / this.budget.threads;
  }

  async #run(run: PlannedRun): Promise<void> {
    const threads = this.#threadsFor(run);
    this.#waiting.delete(run);
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

  /** An equal part of the threads that are free, for each run that can start now. */
  #threadsFor(run: PlannedRun): number {
    const free = this.budget.threads - [...this.#running.values()].reduce((sum, threads) => sum + threads, 0);
    const starting = Math.min(this.#waiting.size, this.#concurrency() - this.#running.size);
    return Math.max(1, Math.min(run.mostThreads, Math.floor(free / Math.max(1, starting))));
  }

  /** How many runs of the largest size fit into memory, as far as there are threads. */
  #concurrency(): number {
    const sizes = [...this.#waiting, ...this.#running.keys()].map((run) => this.#experience.correct(run.cost).bytes);
    return Math.max(1, Math.min(this.budget.threads, Math.floor(this.budget.bytes / Math.max(1, ...sizes))));
  }
}
