import { programEnd } from '../engines/wasm/planning.js';
import { EnsembleError } from '../errors.js';
import { allocateBoard } from '../protocol/board.js';
import type { EngineName } from '../protocol/plan.js';
import type { SharedMember, ThreadGroup } from '../protocol/thread.js';
import type { GroupSetting } from './memory.js';

const PAGE = 65_536;
/** Addresses have 32 bits. */
const MOST_PAGES = 65_536;
/** First address that is used: 0 stands for nothing. */
const BASE = 1024;

/**
 * Memory for members of the engine `wasm`, in which every thread can work for any of them. A shared WebAssembly.Memory reserves
 * some gigabytes of addresses whatever its size, so there are as few as possible, and they are kept from session to session.
 */
export class SharedMemory {
  readonly #memories: { readonly buffer: WebAssembly.Memory; used: number }[] = [];

  /**
   * Lays out a session's members.
   * @throws EnsembleError `ENGINE_UNAVAILABLE` for a member that the engine can't run or that is too large, and where the system gives
   *   no memory
   */
  share(
    {
      plan,
      compiled,
      batchSize,
      trains,
      engines,
    }: GroupSetting & { readonly engines: Readonly<Record<string, EngineName>> },
    groups: readonly ThreadGroup[],
    bell: Int32Array<SharedArrayBuffer>,
  ): SharedMember[] {
    const places = plan.members
      .filter(({ name }) => engines[name] === 'wasm')
      .map((member) => {
        const slots = groups.flatMap((group) => group.slots[group.plan.members.indexOf(member.name)] ?? []);
        const logits = slots.some((slot) => slot.logits !== null);
        const optimizer = trains ? (compiled?.optimizers[member.name] ?? null) : null;
        const options = { plan: member, optimizer, batchSize, logits };
        return { options, bytes: programEnd({ ...options, base: 0 }) };
      });
    const used: number[] = [];
    const placed = places.map(({ options, bytes }) => {
      let index = used.findIndex((end) => end + bytes <= MOST_PAGES * PAGE);
      if (index < 0) index = used.push(BASE) - 1;
      const base = used[index] ?? BASE;
      if (base + bytes > MOST_PAGES * PAGE) throw tooLarge(options.plan.name, bytes, batchSize);
      used[index] = base + bytes;
      return { options, index, base };
    });
    const buffers = used.map((bytes, index) => this.#take(index, bytes));
    return placed.flatMap(({ options, index, base }) => {
      const buffer = buffers[index];
      return buffer === undefined ? [] : [{ ...options, memory: { buffer, base, board: allocateBoard(), bell } }];
    });
  }

  /** A zeroed memory. */
  #take(index: number, bytes: number): WebAssembly.Memory {
    const pages = Math.ceil(bytes / PAGE);
    try {
      const kept = this.#memories[index];
      if (kept === undefined) {
        const buffer = new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });
        this.#memories[index] = { buffer, used: bytes };
        return buffer;
      }
      new Uint8Array(kept.buffer.buffer, 0, kept.used).fill(0);
      const missing = pages - kept.buffer.buffer.byteLength / PAGE;
      if (missing > 0) kept.buffer.grow(missing);
      kept.used = Math.max(kept.used, bytes);
      return kept.buffer;
    } catch (cause) {
      throw new EnsembleError(
        'ENGINE_UNAVAILABLE',
        `The engine "wasm" can't get ${megabytes(bytes)} of memory: ${String(cause)}. Use a smaller \`batchSize\`, or engine "tfjs".`,
        { cause },
      );
    }
  }

  /** Lets the memory go with the threads. */
  free(): void {
    this.#memories.length = 0;
  }
}

function tooLarge(member: string, bytes: number, batchSize: number): EnsembleError {
  return new EnsembleError(
    'ENGINE_UNAVAILABLE',
    `Member "${member}" needs ${megabytes(bytes)} for batches of ${batchSize}, more than the 4,096 MB that the engine "wasm" can ` +
      'address. Use a smaller `batchSize`, or engine "tfjs".',
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MB`;
}
