/**
 * Where a member's thread puts up a stretch of work that is cut into parts, so that threads with nothing else to do take some of
 * them. A part is taken by counting up the ticket: it holds the number of the stretch too, so that a thread that was held up
 * between looking and taking can't take a part of another stretch than the one it looked at.
 */

const TICKET = 0;
/** Parts that are done. */
const DONE = 1;
const PARTS = 2;
const PHASE = 3;
const SEGMENT = 4;
const ROWS = 5;

const WORDS = 6;
/** Before the words: seed, iteration, learning rate. */
const NUMBERS = 3;

/** The ticket's lower bits: the next part. All ones: nothing to take. */
const PART_BITS = 12;
const CLOSED = (1 << PART_BITS) - 1;

/** What a stretch of work is; all threads know a member's program, so its place in it is enough. */
export interface Stretch {
  readonly phase: number;
  readonly segment: number;
  readonly rows: number;
  readonly seed: number;
  readonly iteration: number;
  readonly learningRate: number;
}

/** Memory of a member's board. */
export function allocateBoard(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(NUMBERS * Float64Array.BYTES_PER_ELEMENT + WORDS * Int32Array.BYTES_PER_ELEMENT);
  new Board(buffer).close();
  return buffer;
}

export class Board {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#numbers = new Float64Array(buffer, 0, NUMBERS);
    this.#words = new Int32Array(buffer, NUMBERS * Float64Array.BYTES_PER_ELEMENT, WORDS);
  }

  /** Puts up a stretch; the one before is done. */
  open(stretch: Stretch, parts: number): void {
    if (parts >= CLOSED) throw new RangeError(`A stretch of work can have ${CLOSED - 1} parts, not ${parts}`);
    const words = this.#words;
    this.close();
    Atomics.store(words, PARTS, parts);
    Atomics.store(words, DONE, 0);
    Atomics.store(words, PHASE, stretch.phase);
    Atomics.store(words, SEGMENT, stretch.segment);
    Atomics.store(words, ROWS, stretch.rows);
    this.#numbers[0] = stretch.seed;
    this.#numbers[1] = stretch.iteration;
    this.#numbers[2] = stretch.learningRate;
    const number = (Atomics.load(words, TICKET) >>> PART_BITS) + 1;
    Atomics.store(words, TICKET, number << PART_BITS);
  }

  /** Nobody takes anything any more. */
  close(): void {
    Atomics.or(this.#words, TICKET, CLOSED);
  }

  /** Takes a part; null where there is none left. */
  take(): { stretch: Stretch; part: number } | null {
    const words = this.#words;
    for (;;) {
      const ticket = Atomics.load(words, TICKET);
      const part = ticket & CLOSED;
      if (part === CLOSED || part >= Atomics.load(words, PARTS)) return null;
      const stretch = {
        phase: Atomics.load(words, PHASE),
        segment: Atomics.load(words, SEGMENT),
        rows: Atomics.load(words, ROWS),
        seed: this.#numbers[0] ?? 0,
        iteration: this.#numbers[1] ?? 0,
        learningRate: this.#numbers[2] ?? 0,
      };
      if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) === ticket) return { stretch, part };
    }
  }

  /** Says that a part is done. True for the last one. */
  done(): boolean {
    return Atomics.add(this.#words, DONE, 1) + 1 === Atomics.load(this.#words, PARTS);
  }

  get isDone(): boolean {
    return Atomics.load(this.#words, DONE) === Atomics.load(this.#words, PARTS);
  }
}
