import { availableParallelism } from 'node:os';
import { engineCatalog } from '../engines/catalog.js';

/** Largest number of threads that `auto` starts for each core. More threads would only wait for each other. */
const THREADS_PER_CORE = 4;

/**
 * Number of threads of a session.
 *
 * If the engine shares members' work among threads, `auto` is one thread for each core, but not more than a batch has parts. (On two cores,
 * a step of three members takes 5.4 ms with two threads and 6.2 ms with three: a thread without a core delays those that wait for its
 * part. `npm run bench -- --threads N` measures it.) Otherwise `auto` is one thread for each member, up to four for each core.
 * @param engines the engine of each member
 * @param batchSize rows of a batch, which decide the number of parts
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

/** Whether each thread has a core of its own. It is false for engines that don't share work, because they may start further threads. */
export function haveCores(threads: number, engines: Readonly<Record<string, string>>): boolean {
  return (
    threads <= availableParallelism() && engineCatalog.usedBy(engines).every(({ sharesWork }) => sharesWork !== null)
  );
}

/** Assigns members to threads in their order, so that neighbours share a thread. They are mostly of one group. */
export function assignMembers(members: readonly string[], threads: number): string[][] {
  const assigned = Array.from({ length: threads }, (): string[] => []);
  for (const [i, member] of members.entries()) assigned[Math.floor((i * threads) / members.length)]?.push(member);
  return assigned;
}
