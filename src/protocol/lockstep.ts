/**
 * How the threads of a group meet once a step, over shared memory. Whoever comes last does the exchange (merge, loss,
 * gradients) for all and lets the others go on, so no thread waits for the main one, and a thread alone in its group never
 * waits at all.
 *
 * One meeting a step is enough: a member reads its own gradient slot only, after the meeting, and nobody writes to that slot
 * before the next meeting, at which the member has arrived itself.
 */

/** What waiters look at: {@link STOP}, and above it the number of the meeting. */
const TURN = 0;
/** Threads that have arrived at this meeting. */
const ARRIVED = 1;
/** Steps done in this pass; for progress only. */
const STEP = 2;

const WORDS = 3;

/**
 * Bit of TURN: the run was stopped. A stop keeps the number, so that a waiter sees which came first: a meeting that was
 * over before the stop is over for all.
 */
const STOP = 1;
const NEXT = 2;

/** What a thread throws to leave a step when the run was stopped from outside. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Memory of a group's meetings. */
export function allocateLockstep(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}

/** Ends every wait at this group's meetings, now and later, from any thread; to be followed by a ring of the session's bell. */
export function stopLockstep(words: Int32Array): void {
  Atomics.or(words, TURN, STOP);
}

/** Steps that the group has done in the current pass. */
export function stepsDone(words: Int32Array): number {
  return Atomics.load(words, STEP);
}

/** Before a pass, while no thread is in a step. */
export function resetSteps(words: Int32Array): void {
  Atomics.store(words, STEP, 0);
}

/** How a thread waits for others. */
export interface Waiting {
  /** Comes back when `isOver` holds, which is asked anew after each ring of the bell. */
  until(isOver: () => boolean): void;
  /** Wakes all who wait. */
  ring(): void;
}

/** A thread's side of its group's meetings. */
export class Lockstep {
  /** Milliseconds spent waiting and exchanging since the last {@link takeSyncTime}. */
  #syncMs = 0;

  constructor(
    private readonly words: Int32Array,
    /** Number of threads in the group. */
    private readonly parties: number,
    private readonly waiting: Waiting,
  ) {}

  /**
   * Comes back when every thread of the group has arrived and the last of them has run `exchange`.
   * @throws Stopped if the run was stopped before all could go on; then none of the group goes on with this step.
   */
  meet(exchange: () => void): void {
    const started = performance.now();
    try {
      const turn = Atomics.load(this.words, TURN);
      if ((turn & STOP) !== 0) throw new Stopped();
      if (Atomics.add(this.words, ARRIVED, 1) + 1 === this.parties) {
        Atomics.store(this.words, ARRIVED, 0);
        exchange();
        // A stop that came meanwhile must win: for the others the step has not happened either.
        if (Atomics.compareExchange(this.words, TURN, turn, (turn + NEXT) | 0) !== turn) throw new Stopped();
        Atomics.add(this.words, STEP, 1);
        if (this.parties > 1) this.waiting.ring();
      } else {
        this.waiting.until(() => Atomics.load(this.words, TURN) !== turn);
        // A stop after the meeting was over counts from the next one on.
        if ((Atomics.load(this.words, TURN) & ~STOP) === turn) throw new Stopped();
      }
    } finally {
      this.#syncMs += performance.now() - started;
    }
  }

  /** Milliseconds since the last call that went into waiting and exchanging. */
  takeSyncTime(): number {
    const taken = this.#syncMs;
    this.#syncMs = 0;
    return taken;
  }
}
