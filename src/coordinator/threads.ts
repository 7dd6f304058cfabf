import { availableParallelism } from 'node:os';
import { engineCatalog } from '../engines/catalog.js';

/** Threads for each core that `auto` starts at most: beyond that they only wait for each other. */
const THREADS_PER_CORE = 4;

/**
 * Number of threads for members.
 *
 * On an engine that shares members' work among threads, `auto` is one for each core, as far as there are parts for them. (On two cores,
 * three members take 5.4 ms a step with two threads and 6.2 with three: a thread that is not running holds up those that wait for
 * its part. `npm run bench -- --threads N`.) Where work can't be shared, `auto` is one for each member, up to four for each core.
 * @param engines of the members
 * @param batchSize rows of a batch, which say how many parts there are
 */
export function countThreads(
  option: number | 'auto',
  engines: Readonly<Record<string, string>>,
  batchSize: number,
): number {
  const names = Object.values(engines);
  const sharing = names.flatMap((name) => engineCatalog.get(name).sharesWork ?? []);
  const cores = availableParallelism();
  if (option === 'auto') {
    const own = names.length - sharing.length;
    const parts = sharing.reduce((sum, work) => sum + work.parts(batchSize), 0);
    return Math.min(own + Math.min(parts, cores), THREADS_PER_CORE * cores);
  }
  return sharing.length > 0 ? option : Math.min(option, names.length);
}

/** Whether each thread has a core to itself. Engines that don't share work among our threads may have threads of their own. */
export function haveCores(threads: number, engines: Readonly<Record<string, string>>): boolean {
  return (
    threads <= availableParallelism() && engineCatalog.usedBy(engines).every(({ sharesWork }) => sharesWork !== null)
  );
}

/** Spreads members over threads in their order, so that neighbours (of one group, mostly) come together. */
export function assignMembers(members: readonly string[], threads: number): string[][] {
  const assigned = Array.from({ length: threads }, (): string[] => []);
  for (const [i, member] of members.entries()) assigned[Math.floor((i * threads) / members.length)]?.push(member);
  return assigned;
}
