import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole, writing } from '../files.js';
import { EnsembleError } from '../errors.js';
import { takeLock, type Lock } from './lock.js';
import { identityIn, runFolder, type PlannedRun } from './plan.js';

/** Marks a folder as a series' own. */
const MARK = 'experiment.json';
const PARTIAL = 'partial';
const RUNS = 'runs';

/**
 * The folder of a series. Runs are written into `partial/` and renamed into `runs/` when they are whole, so that whatever is there
 * has ended well. One series at a time works in it.
 */
export class ExperimentFolder {
  /** Of this opening, so that what a process has left that outlives its own by a moment is nobody else's. */
  readonly #opening = randomUUID().slice(0, 8);

  private constructor(
    readonly path: string,
    private readonly lock: Lock,
    /** Folders in `runs/` by the identity that their names end with. */
    private readonly runs: Map<string, string>,
  ) {}

  /**
   * Takes a folder, which is made where there is none.
   * @param name of the series
   * @throws EnsembleError `OUTPUT_FOLDER` where it has something else in it, is another series' or can't be written, `BUSY` where it is in use
   */
  static async open(path: string, name: string): Promise<ExperimentFolder> {
    return writing(path, async () => {
      await mkdir(path, { recursive: true });
      await checkOwner(path, name);
      const lock = await takeLock(await realpath(path));
      try {
        await writeFile(join(path, MARK), `${JSON.stringify({ format: 'tfjs-ensemble experiment', name })}\n`);
        await rm(join(path, PARTIAL), { recursive: true, force: true }); // of a process that was killed
        await mkdir(join(path, RUNS), { recursive: true });
        await setDamagedAside(path);
        return new ExperimentFolder(path, lock, await landedRuns(path));
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  /** Which runs of a series are there already, without taking the folder; none where it isn't one. */
  static async look(path: string): Promise<ReadonlySet<string>> {
    return new Set((await landedRuns(path).catch(() => new Map<string, string>())).keys());
  }

  /** Folder of a run that ended well, relative to the series' own; null where there is none. */
  landed({ identity }: PlannedRun): string | null {
    return this.runs.get(identity) ?? null;
  }

  /** Where a run is written until it is whole. */
  partial({ identity }: PlannedRun): string {
    return join(this.path, PARTIAL, `${identity}-${this.#opening}`);
  }

  /** Puts a run that is whole in its place, at once. */
  async land(run: PlannedRun): Promise<string> {
    const folder = runFolder(run);
    await writing(this.path, () => rename(this.partial(run), join(this.path, folder)));
    this.runs.set(run.identity, folder);
    return folder;
  }

  /** Throws away what a run has left that didn't end well; what can't be is thrown away when the series is opened again. */
  async discard(run: PlannedRun): Promise<void> {
    await rm(this.partial(run), { recursive: true, force: true }).catch(() => undefined);
  }

  /** Writes a file of the series: whole, or not at all. */
  async write(file: string, content: string): Promise<void> {
    await writing(this.path, () => writeWhole(join(this.path, file), content));
  }

  async close(): Promise<void> {
    await rm(join(this.path, PARTIAL), { recursive: true, force: true }).catch(() => undefined);
    await this.lock.release();
  }
}

/** What else lies there is none of ours. */
async function landedRuns(path: string): Promise<Map<string, string>> {
  const landed = new Map<string, string>();
  for (const name of await readdir(join(path, RUNS))) {
    const identity = identityIn(name);
    if (identity !== null) landed.set(identity, join(RUNS, name));
  }
  return landed;
}

/** Runs whose record can't be read, after a power cut, say, are kept under another name, and trained again. */
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
    owner === null ? "isn't empty and isn't a series'" : `is that of the series "${owner}", not of "${name}"`;
  throw new EnsembleError('OUTPUT_FOLDER', `The folder ${path} ${what}. Name another one with --out.`);
}

/** Null where the file is not one of ours. */
function readName(text: string): string | null {
  try {
    const { name } = JSON.parse(text) as { name?: unknown };
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}
