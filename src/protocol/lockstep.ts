/**
 * The meetings of a group's threads, one in each step, in shared memory. The last thread to arrive does the exchange (merges, losses,
 * metrics, gradients) for all, and the others go on. No thread waits for the main thread. A thread that is alone in its group never waits.
 *
 * One meeting a step is enough. A member reads only its own gradient slot, after the meeting. The slot is written again at the next
 * meeting, and that meeting waits for the member.
 */

/** The word that waiters watch: {@link STOP} in the lowest bit, the number of the meeting above it. */
const TURN = 0;
/** Number of threads that have arrived at this meeting. */
const ARRIVED = 1;
/** Steps done in this pass; for progress only. */
const STEP = 2;

const WORDS = 3;

/**
 * Bit of TURN: the session was stopped. A stop keeps the number of the meeting. So a waiter sees whether the meeting was over before
 * the stop; if it was, it is over for all threads.
 */
const STOP = 1;
const NEXT = 2;

/** Thrown in a thread to leave a step when the session was stopped from outside. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Allocates the memory of a group's meetings. */
export function allocateLockstep(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}

/** Ends every wait at this group's meetings, now and later. Any thread may call it; it must ring the session's bell afterwards. */
export function stopLockstep(words: Int32Array): void {
  Atomics.or(words, TURN, STOP);
}

/** Number of steps that the group has done in the current pass. */
export function stepsDone(words: Int32Array): number {
  return Atomics.load(words, STEP);
}

/** Call it before a pass, while no thread is in a step. */
export function resetSteps(words: Int32Array): void {
  Atomics.store(words, STEP, 0);
}

/** How a thread waits for other threads. */
export interface Waiting {
  /** Returns when `isOver` returns true; asks it again after each ring of the bell. */
  until(isOver: () => boolean): void;
  /** Wakes all waiters. */
  ring(): void;
}

/** A thread's side of its group's meetings. */
export class Lockstep {
  /** Milliseconds spent in meetings since the last {@link takeSyncTime}. */
  #syncMs = 0;

  constructor(
    private readonly words: Int32Array,
    /** Number of threads in the group. */
    private readonly parties: number,
    private readonly waiting: Waiting,
  ) {}

  /**
   * Returns when every thread of the group has arrived and the last one has run `exchange`.
   * @throws Stopped if the session was stopped before the meeting was over; then no thread of the group goes on with this step
   */
  meet(exchange: () => void): void {
    const started = performance.now();
    try {
      const turn = Atomics.load(this.words, TURN);
      if ((turn & STOP) !== 0) throw new Stopped();
      if (Atomics.add(this.words, ARRIVED, 1) + 1 === this.parties) {
        Atomics.store(this.words, ARRIVED, 0);
        exchange();
        // A stop during the exchange must win, because the other threads leave this step too.
        if (Atomics.compareExchange(this.words, TURN, turn, (turn + NEXT) | 0) !== turn) throw new Stopped();
        Atomics.add(this.words, STEP, 1);
        if (this.parties > 1) this.waiting.ring();
      } else {
        this.waiting.until(() => Atomics.load(this.words, TURN) !== turn);
        // A stop after the end of the meeting takes effect at the next meeting.
        if ((Atomics.load(this.words, TURN) & ~STOP) === turn) throw new Stopped();
      }
    } finally {
      this.#syncMs += performance.now() - started;
    }
  }

  /** Milliseconds spent in meetings, waiting or in the exchange, since the last call. */
  takeSyncTime(): number {
    const taken = this.#syncMs;
    this.#syncMs = 0;
    return taken;
  }
}
