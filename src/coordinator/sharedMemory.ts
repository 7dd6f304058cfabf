import { engineCatalog } from '../engines/catalog.js';
import { EnsembleError } from '../errors.js';
import { allocateBoard } from '../protocol/board.js';
import type { SharedMember, ThreadGroup } from '../protocol/thread.js';
import { quoted } from '../text/names.js';
import type { SessionOptions } from './pass.js';

const PAGE = 65_536;
/** Addresses have 32 bits. */
const MOST_PAGES = 65_536;
/** First address in use. Address 0 means "none". */
const BASE = 1024;

/**
 * Memory for the members of engines that share work, so that every thread can compute parts of any of them. A shared WebAssembly.Memory
 * reserves some gigabytes of addresses, independent of its size. So members are packed into as few memories as possible, and the memories
 * are kept between sessions.
 */
export class SharedMemory {
  readonly #memories: { readonly buffer: WebAssembly.Memory; used: number }[] = [];

  /**
   * Gives each member of a session its place in the memories.
   * @throws EnsembleError `ENGINE_UNAVAILABLE` if the engine can't run a member, if a member is too large, or if the system has not enough memory
   */
  share(
    { plan, compiled, trains, engines, settings: { batchSize } }: SessionOptions,
    groups: readonly ThreadGroup[],
    bell: Int32Array<SharedArrayBuffer>,
  ): SharedMember[] {
    const places = plan.members.flatMap((member) => {
      const engine = engines[member.name] ?? '';
      const slots = groups.flatMap((group) => group.slots[group.plan.members.indexOf(member.name)] ?? []);
      const logits = slots.some((slot) => slot.logits !== null);
      const optimizer = trains ? (compiled?.optimizers[member.name] ?? null) : null;
      const options = { plan: member, engine, optimizer, batchSize, logits };
      const bytes = engineCatalog.bytesOf(options);
      return bytes === null ? [] : [{ options, bytes }];
    });
    const used: number[] = [];
    const placed = places.map(({ options, bytes }) => {
      let index = used.findIndex((end) => end + bytes <= MOST_PAGES * PAGE);
      if (index < 0) index = used.push(BASE) - 1;
      const base = used[index] ?? BASE;
      if (base + bytes > MOST_PAGES * PAGE) throw tooLarge(options, bytes);
      used[index] = base + bytes;
      return { options, index, base };
    });
    const buffers = used.map((bytes, index) => {
      const users = placed.filter((place) => place.index === index).map(({ options }) => options.engine);
      return this.#take(index, bytes, new Set(users));
    });
    return placed.flatMap(({ options, index, base }) => {
      const buffer = buffers[index];
      return buffer === undefined ? [] : [{ ...options, memory: { buffer, base, board: allocateBoard(), bell } }];
    });
  }

  /**
   * A memory filled with zeros.
   * @param engines the engines that use it, for the message
   */
  #take(index: number, bytes: number, engines: ReadonlySet<string>): WebAssembly.Memory {
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
        `The engine ${quoted(engines)} can't get ${megabytes(bytes)} of memory: ${String(cause)}. ${remedy()}`,
        { cause },
      );
    }
  }

  /** Releases the memories. Call it when the threads have ended. */
  free(): void {
    this.#memories.length = 0;
  }
}

function tooLarge({ plan, engine, batchSize }: Omit<SharedMember, 'memory'>, bytes: number): EnsembleError {
  return new EnsembleError(
    'ENGINE_UNAVAILABLE',
    `Member "${plan.name}" needs ${megabytes(bytes)} for batches of ${batchSize}, more than the ${megabytes(MOST_PAGES * PAGE)} that ` +
      `the engine "${engine}" can address. ${remedy()}`,
  );
}

/** Advice for a member that needs too much memory. Engines that don't share work have memory of their own. */
function remedy(): string {
  return `Use a smaller \`batchSize\`${engineCatalog.recommend(', or ', ({ sharesWork }) => sharesWork === null)}.`;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MB`;
}
