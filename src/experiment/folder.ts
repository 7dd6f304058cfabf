import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole, writing } from '../files.js';
import { EnsembleError } from '../errors.js';
import { takeLock, type Lock } from './lock.js';
import { identityIn, runFolder, type PlannedRun } from './plan.js';

/** The file that marks the folder of a series. */
const MARK = 'experiment.json';
const PARTIAL = 'partial';
const RUNS = 'runs';

/**
 * The folder of a series. A run is written into `partial/` and moved into `runs/` when it is complete, so every run in `runs/` has
 * succeeded. Only one process at a time uses the folder.
 */
export class ExperimentFolder {
  /** Unique per opening: a child that outlives its parent writes into a folder that nobody reads. */
  readonly #opening = randomUUID().slice(0, 8);

  private constructor(
    readonly path: string,
    private readonly lock: Lock,
    /** Folders in `runs/`, by the identity at the end of their names. */
    private readonly runs: Map<string, string>,
  ) {}

  /**
   * Locks the folder. Creates it if it does not exist.
   * @param name of the series
   * @throws EnsembleError `OUTPUT_FOLDER` if the folder has other content, belongs to another series or cannot be written; `BUSY` if it is in
   *   use
   */
  static async open(path: string, name: string): Promise<ExperimentFolder> {
    return writing(path, async () => {
      await mkdir(path, { recursive: true });
      await checkOwner(path, name);
      const lock = await takeLock(await realpath(path));
      try {
        await writeFile(join(path, MARK), `${JSON.stringify({ format: 'tfjs-ensemble experiment', name })}\n`);
        await rm(join(path, PARTIAL), { recursive: true, force: true }); // left by a process that was killed
        await mkdir(join(path, RUNS), { recursive: true });
        await setDamagedAside(path);
        return new ExperimentFolder(path, lock, await landedRuns(path));
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  /** The identities of the finished runs; empty if the folder is not a series. Does not lock the folder. */
  static async look(path: string): Promise<ReadonlySet<string>> {
    return new Set((await landedRuns(path).catch(() => new Map<string, string>())).keys());
  }

  /** Folder of a finished run, relative to the series' folder; null if the run is not finished. */
  landed({ identity }: PlannedRun): string | null {
    return this.runs.get(identity) ?? null;
  }

  /** The folder of a run while it is incomplete. */
  partial({ identity }: PlannedRun): string {
    return join(this.path, PARTIAL, `${identity}-${this.#opening}`);
  }

  /** Moves a complete run into `runs/`, atomically. */
  async land(run: PlannedRun): Promise<string> {
    const folder = runFolder(run);
    await writing(this.path, () => rename(this.partial(run), join(this.path, folder)));
    this.runs.set(run.identity, folder);
    return folder;
  }

  /** Deletes the files of a failed run. If this fails, the next opening of the folder deletes them. */
  async discard(run: PlannedRun): Promise<void> {
    await rm(this.partial(run), { recursive: true, force: true }).catch(() => undefined);
  }

  /** Writes a file of the series atomically. */
  async write(file: string, content: string): Promise<void> {
    await writing(this.path, () => writeWhole(join(this.path, file), content));
  }

  async close(): Promise<void> {
    await rm(join(this.path, PARTIAL), { recursive: true, force: true }).catch(() => undefined);
    await this.lock.release();
  }
}

/** Finished runs by identity. Other files in `runs/` are ignored. */
async function landedRuns(path: string): Promise<Map<string, string>> {
  const landed = new Map<string, string>();
  for (const name of await readdir(join(path, RUNS))) {
    const identity = identityIn(name);
    if (identity !== null) landed.set(identity, join(RUNS, name));
  }
  return landed;
}

/** Renames runs whose record cannot be read, for example after a power cut. They are kept and trained again. */
async function setDamagedAside(path: string): Promise<void> {
  for (const folder of (await landedRuns(path)).values()) {
    try {
      JSON.parse(await readFile(join(path, folder, 'run.json'), 'utf8'));
    } catch {
      await rm(join(path, `${folder}.damaged`), { recursive: true, force: true });
      await rename(join(path, folder), join(path, `${folder}.damaged`));
      process.emitWarning(
        `The run in ${folder} is damaged. It is kept as ${folder}.damaged and trained again.`,
        'EnsembleWarning',
        'DAMAGED_RUN',
      );
    }
  }
}

async function checkOwner(path: string, name: string): Promise<void> {
  const files = await readdir(path);
  if (files.length === 0) return;
  const owner = files.includes(MARK) ? readName(await readFile(join(path, MARK), 'utf8')) : null;
  if (owner === name) return;
  const what =
    owner === null
      ? 'is not empty and is not the folder of a series'
      : `belongs to the series "${owner}", not to "${name}"`;
  throw new EnsembleError('OUTPUT_FOLDER', `The folder ${path} ${what}. Name another one with --out.`);
}

/** Null if the file was not written by this package. */
function readName(text: string): string | null {
  try {
    const { name } = JSON.parse(text) as { name?: unknown };
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}
