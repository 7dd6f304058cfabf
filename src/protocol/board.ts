/**
 * The board of a member. The member's thread puts one segment of its step on the board, cut into parts. Threads that wait take some of the
 * parts. A thread takes a part by incrementing the ticket. The ticket also holds the number of the segment: if a thread is delayed
 * between reading the board and taking a part, it cannot take a part of a later segment.
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

/** The ticket's lower bits hold the number of the next part. All ones: the board is closed. */
const PART_BITS = 12;
const CLOSED = (1 << PART_BITS) - 1;

/** A segment, as helpers need it. Every thread knows the member's program, so phase and segment are numbers. */
export interface Stretch {
  readonly phase: number;
  readonly segment: number;
  readonly rows: number;
  readonly seed: number;
  readonly iteration: number;
  readonly learningRate: number;
}

/** Allocates the memory of a member's board, closed. */
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

  /**
   * Puts a segment on the board. All parts of the segment before must be done.
   * @throws RangeError if `parts` is too large for the ticket
   */
  open(stretch: Stretch, parts: number): void {
    if (parts >= CLOSED)
      throw new RangeError(`Expected a segment to have at most ${CLOSED - 1} parts. Received: ${parts}`);
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

  /** From now on, threads take no more parts. */
  close(): void {
    Atomics.or(this.#words, TICKET, CLOSED);
  }

  /** Takes a part; null if none is left. */
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

  /**
   * Reports that a part is done.
   * @returns true if it was the last part of the segment
   */
  done(): boolean {
    return Atomics.add(this.#words, DONE, 1) + 1 === Atomics.load(this.#words, PARTS);
  }

  get isDone(): boolean {
    return Atomics.load(this.#words, DONE) === Atomics.load(this.#words, PARTS);
  }
}
