import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnsembleError } from '../errors.js';

/** The lock of a folder. */
export interface Lock {
  release(): Promise<void>;
}

/** Folders that this process has locked. The lock file alone does not tell, because an earlier process may have had the same pid. */
const held = new Set<string>();

/**
 * Locks a folder with the file `lock`, which has the pid of its process. Replaces the lock of a process that has ended.
 * @param folder real path of the folder
 * @throws EnsembleError `BUSY` if a running process has the lock
 */
export async function takeLock(folder: string): Promise<Lock> {
  const file = join(folder, 'lock');
  if (held.has(folder)) throw busy(file, process.pid);
  held.add(folder);
  const content = `${process.pid} ${randomUUID()}`;
  try {
    const owner = await ownerOf(file);
    if (owner !== null && owner !== process.pid && isAlive(owner)) throw busy(file, owner);
    // Two processes may find the same stale lock. Each renames the file first, so that it can check whether it got the stale lock or a new one.
    if (owner !== null) await removeStale(file, owner);
    await writeFile(file, content, { flag: 'wx' });
  } catch (error) {
    held.delete(folder);
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw busy(file, (await ownerOf(file)) ?? 0);
  }
  return {
    async release() {
      const isOurs = (await readFile(file, 'utf8').catch(() => '')) === content;
      if (isOurs) await rm(file, { force: true }).catch(() => undefined);
      held.delete(folder);
    },
  };
}

async function removeStale(file: string, owner: number): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => undefined);
  const moved = await ownerOf(aside);
  if (moved !== null && moved !== owner)
    await rename(aside, file); // another process was faster and has the lock now
  else await rm(aside, { force: true });
}

/** The pid in a lock file; 0 if the file has no pid; null if the file does not exist. */
async function ownerOf(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : parseInt(text, 10) || 0;
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function busy(file: string, owner: number): EnsembleError {
  return new EnsembleError(
    'BUSY',
    `The process ${owner} works on a series in the same folder. Wait until it ends, or name another folder with --out. If that process ` +
      `is not a series, delete ${file}.`,
  );
}
