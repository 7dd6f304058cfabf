/**
 * What all threads of a session wait upon when they have nothing to do: one word that changes whenever there may be something. Whoever
 * waits reads it first, then looks for work, then waits for another value than it read, so that no ring is missed.
 */

const RINGS = 0;
/** Threads that have come to the end of a pass. */
const FINISHED = 1;
/** Not 0: a thread is dead or has failed, and nobody may wait for it. */
const BROKEN = 2;

const WORDS = 3;

/** Memory of a session's bell. */
export function allocateBell(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}

export class Bell {
  constructor(private readonly words: Int32Array) {}

  /** To be read before looking for work. */
  get rings(): number {
    return Atomics.load(this.words, RINGS);
  }

  /** Wakes all who wait. */
  ring(): void {
    Atomics.add(this.words, RINGS, 1);
    Atomics.notify(this.words, RINGS);
  }

  /** Waits for a ring after `rings` was read. */
  wait(rings: number): void {
    Atomics.wait(this.words, RINGS, rings);
  }

  get isBroken(): boolean {
    return Atomics.load(this.words, BROKEN) !== 0;
  }

  break(): void {
    Atomics.store(this.words, BROKEN, 1);
    this.ring();
  }

  /** Threads that have ended the pass. */
  get finished(): number {
    return Atomics.load(this.words, FINISHED);
  }

  finish(): void {
    Atomics.add(this.words, FINISHED, 1);
    this.ring();
  }

  /** Before a pass, while no thread is in one. */
  reset(): void {
    Atomics.store(this.words, FINISHED, 0);
  }
}
