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
      // An error is the caller's to see, by `done`.
      this.#queue.add(() => this.#run(run)).catch(() => undefined);
    }
  }

  /** @returns when all runs have ended; rejects with the first error that `start` throws, and starts no further run then */
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

  /** No further run starts until {@link resume}; those that run go on. */
  pause(): void {
    this.#isHeld = true;
    this.#queue.pause();
  }

  resume(): void {
    this.#isHeld = false;
    this.#queue.start();
  }

  /** Milliseconds that are left, by what runs took so far. @param progress of a run, from 0 to 1 */
  msLeft(progress: (run: PlannedRun) => number): number {
    const left = (run: PlannedRun): number => this.#experience.correct(run.cost).ms * (1 - progress(run));
    // When each thread is free: of runs that go on, then of those that follow in their order.
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

  /** An equal part of the threads that are free, for each run that can start now. */
  #threadsFor(run: PlannedRun): number {
    const free = this.budget.threads - [...this.#running.values()].reduce((sum, threads) => sum + threads, 0);
    const starting = Math.min(this.#waiting.length, this.#concurrency() - this.#running.size);
    return Math.max(1, Math.min(run.mostThreads, Math.floor(free / Math.max(1, starting))));
  }

  /** Runs that may go at once: those that do, and as many that follow as there are threads and memory for; one in any case. */
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
