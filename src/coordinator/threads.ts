import { availableParallelism } from 'node:os';
import type { EngineName } from '../protocol/plan.js';
import { expectOption } from '../spec/options.js';

/** Threads for each core that `auto` starts at most: beyond that they only wait for each other. */
const THREADS_PER_CORE = 4;

/**
 * Number of threads for members. Threads beyond their number have something to do only where members' work can be shared.
 * @param option `'auto'`: one for each member, at most four for each core, and at least one for each core where work can be shared
 * @param engines of the members
 * @throws EnsembleError `INVALID_OPTION`
 */
export function countThreads(option: number | 'auto', engines: Readonly<Record<string, EngineName>>): number {
  const names = Object.values(engines);
  const isShared = names.includes('wasm');
  const cores = availableParallelism();
  if (option === 'auto') return Math.min(Math.max(names.length, isShared ? cores : 1), THREADS_PER_CORE * cores);
  expectOption('threads', option, '"auto" or an integer >= 1', Number.isSafeInteger(option) && option >= 1);
  return isShared ? option : Math.min(option, names.length);
}

/** Spreads members over threads in their order, so that neighbours (of one group, mostly) come together. */
export function assignMembers(members: readonly string[], threads: number): string[][] {
  const assigned = Array.from({ length: threads }, (): string[] => []);
  for (const [i, member] of members.entries()) assigned[Math.floor((i * threads) / members.length)]?.push(member);
  return assigned;
}
