import { availableParallelism } from 'node:os';
import { expectOption } from '../spec/options.js';

/** Threads for each core that `auto` starts at most: beyond that they only wait for each other. */
const THREADS_PER_CORE = 4;

/**
 * Number of threads for a number of members.
 * @param option `'auto'`: one for each member, at most four for each core
 * @throws EnsembleError `INVALID_OPTION`
 */
export function countThreads(option: number | 'auto', members: number): number {
  if (option === 'auto') return Math.min(members, THREADS_PER_CORE * availableParallelism());
  expectOption('threads', option, '"auto" or an integer >= 1', Number.isSafeInteger(option) && option >= 1);
  return Math.min(option, members);
}

/** Spreads members over threads in their order, so that neighbours (of one group, mostly) come together. */
export function assignMembers(members: readonly string[], threads: number): string[][] {
  const assigned = Array.from({ length: threads }, (): string[] => []);
  for (const [i, member] of members.entries()) assigned[Math.floor((i * threads) / members.length)]?.push(member);
  return assigned;
}
