import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnsembleError } from '../errors.js';

/** A folder that nobody else works in. */
export interface Lock {
  release(): Promise<void>;
}

/** Locks that this process holds: its own number in a file would not tell them from one that an earlier process left. */
const held = new Set<string>();

/**
 * Takes the lock of a folder, also one that a process has left behind: the file `lock`, which names its process.
 * @param folder its real path
 * @throws EnsembleError `BUSY` where a process that lives has it
 */
export async function takeLock(folder: string): Promise<Lock> {
  const file = join(folder, 'lock');
  if (held.has(folder)) throw busy(file, process.pid);
  held.add(folder);
  const content = `${process.pid} ${randomUUID()}`;
  try {
    const owner = await ownerOf(file);
    if (owner !== null && owner !== process.pid && isAlive(owner)) throw busy(file, owner);
    // Moved away before it is deleted: of two who find the same lock, one moves it, and the other's move fails or finds the new one's.
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
    await rename(aside, file); // somebody was faster, and has it now
  else await rm(aside, { force: true });
}

/** Number of the process in a lock; 0 where it has none; null where there is no lock. */
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
    `The process ${owner} works on a series in the same folder. Wait for it, name another folder with --out, or, if that process is ` +
      `something else, delete ${file}.`,
  );
}
