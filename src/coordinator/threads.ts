import { availableParallelism } from 'node:os';
import { countShards } from '../engines/wasm/planning.js';
import type { EngineName } from '../protocol/plan.js';
import { expectOption } from '../text/options.js';

/** Threads for each core that `auto` starts at most: beyond that they only wait for each other. */
const THREADS_PER_CORE = 4;

/**
 * Number of threads for members.
 *
 * The engine `wasm` shares members' work among threads, so there `auto` is one for each core, as far as there are parts for them. (On
 * two cores, three members take 5.4 ms a step with two threads and 6.2 with three: a thread that is not running holds up those that wait for
 * its part. `npm run bench -- --threads N`.) Where work can't be shared, `auto` is one for each member, up to four for each core.
 * @param engines of the members
 * @param batchSize rows of a batch, which say how many parts there are
 * @throws EnsembleError `INVALID_OPTION`
 */
export function countThreads(
  option: number | 'auto',
  engines: Readonly<Record<string, EngineName>>,
  batchSize: number,
): number {
  const names = Object.values(engines);
  const shared = names.filter((name) => name === 'wasm').length;
  const cores = availableParallelism();
  if (option === 'auto') {
    const own = names.length - shared;
    return Math.min(own + Math.min(shared * countShards(batchSize), cores), THREADS_PER_CORE * cores);
  }
  expectOption('threads', option, '"auto" or an integer >= 1', Number.isSafeInteger(option) && option >= 1);
  return shared > 0 ? option : Math.min(option, names.length);
}

/** Whether each thread has a core to itself; other engines than `wasm` have threads of their own beside ours. */
export function haveCores(threads: number, engines: Readonly<Record<string, EngineName>>): boolean {
  return threads <= availableParallelism() && Object.values(engines).every((name) => name === 'wasm');
}

/** Spreads members over threads in their order, so that neighbours (of one group, mostly) come together. */
export function assignMembers(members: readonly string[], threads: number): string[][] {
  const assigned = Array.from({ length: threads }, (): string[] => []);
  for (const [i, member] of members.entries()) assigned[Math.floor((i * threads) / members.length)]?.push(member);
  return assigned;
}
