/**
 * What all threads of a session wait upon when they have nothing to do: one word that changes whenever there may be something. Whoever
 * waits reads it first, then looks for work, then waits for another value than it read, so that no ring is missed.
 */

const RINGS = 0;
/** Threads that have come to the end of a pass. */
const FINISHED = 1;
/** Not 0: a thread is dead or has failed, and nobody may wait for it. */
const BROKEN = 2;
/** Not 0: whoever waits looks for a while before it sleeps. */
const SPINS = 3;

const WORDS = 4;

/**
 * How long that is, in milliseconds. To wake a sleeping thread takes some 50 µs, and a step has a dozen waits: two threads on two
 * cores take 0.97 times as long with it for two members, 0.91 for one.
 */
const SPIN_MS = 0.1;
/** Looks between two glances at the clock. */
const LOOKS = 100;

/**
 * Memory of a session's bell.
 * @param spins whether to look for a while before sleeping; only where each thread has a core to itself
 */
export function allocateBell(spins = false): Int32Array<SharedArrayBuffer> {
  const words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  words[SPINS] = spins ? 1 : 0;
  return words;
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
    if (Atomics.load(this.words, SPINS) !== 0 && this.#rangSoon(rings)) return;
    Atomics.wait(this.words, RINGS, rings);
  }

  #rangSoon(rings: number): boolean {
    for (const end = performance.now() + SPIN_MS; performance.now() < end;) {
      for (let look = 0; look < LOOKS; look++) if (Atomics.load(this.words, RINGS) !== rings) return true;
    }
    return false;
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
