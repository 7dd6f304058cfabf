import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writing } from '../assemble/files.js';
import { EnsembleError } from '../errors.js';
import { runFolder, type PlannedRun } from './plan.js';

/** Marks a folder as a series' own. */
const MARK = 'experiment.json';
const LOCK = 'lock';
const PARTIAL = 'partial';
const RUNS = 'runs';

/**
 * The folder of a series. Runs are written into `partial/` and renamed into `runs/` when they are whole, so that whatever is there
 * has ended well. One process works in it at a time.
 */
export class ExperimentFolder {
  /** Folders in `runs/` by the identity that their names end with. */
  readonly #landed: Map<string, string>;

  private constructor(
    readonly path: string,
    landed: Map<string, string>,
  ) {
    this.#landed = landed;
  }

  /**
   * Takes a folder, which is made where there is none.
   * @param name of the series
   * @throws EnsembleError `OUTPUT_FOLDER` where it has something else in it, is another series', is in use or can't be written
   */
  static async open(path: string, name: string): Promise<ExperimentFolder> {
    return writing(path, async () => {
      await mkdir(path, { recursive: true });
      await checkOwner(path, name);
      await lock(join(path, LOCK));
      try {
        await writeFile(join(path, MARK), `${JSON.stringify({ format: 'tfjs-ensemble experiment', name })}\n`);
        await rm(join(path, PARTIAL), { recursive: true, force: true }); // of a process that was killed
        await mkdir(join(path, RUNS), { recursive: true });
        return new ExperimentFolder(path, await landedRuns(path));
      } catch (error) {
        await rm(join(path, LOCK), { force: true });
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
    return this.#landed.get(identity) ?? null;
  }

  /** Where a run is written until it is whole; nobody else's, were it one that outlives its process by a moment. */
  partial({ identity }: PlannedRun): string {
    return join(this.path, PARTIAL, `${identity}-${process.pid}`);
  }

  /** Puts a run that is whole in its place, at once. */
  async land(run: PlannedRun): Promise<string> {
    const folder = runFolder(run);
    await writing(this.path, () => rename(this.partial(run), join(this.path, folder)));
    this.#landed.set(run.identity, folder);
    return folder;
  }

  /** Throws away what a run has left that didn't end well. */
  async discard(run: PlannedRun): Promise<void> {
    await rm(this.partial(run), { recursive: true, force: true });
  }

  /** Writes a file of the series: whole, or not at all. */
  async write(file: string, content: string): Promise<void> {
    const path = join(this.path, file);
    await writing(this.path, async () => {
      try {
        await writeFile(`${path}.part`, content);
        await rename(`${path}.part`, path);
      } catch (error) {
        await rm(`${path}.part`, { force: true });
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await rm(join(this.path, PARTIAL), { recursive: true, force: true });
    await rm(join(this.path, LOCK), { force: true });
  }
}

async function landedRuns(path: string): Promise<Map<string, string>> {
  const names = await readdir(join(path, RUNS));
  return new Map(names.map((name) => [name.slice(name.lastIndexOf('-') + 1), join(RUNS, name)]));
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

/** Takes the lock, also one that a process has left behind. */
async function lock(file: string): Promise<void> {
  const owner = await readFile(file, 'utf8').then(Number, () => 0);
  if (owner > 0 && owner !== process.pid && isAlive(owner)) {
    throw new EnsembleError(
      'OUTPUT_FOLDER',
      `The process ${owner} works on this series in the same folder. Wait for it, name another folder with --out, or, if that process is ` +
        `something else, delete ${file}.`,
    );
  }
  await rm(file, { force: true });
  await writeFile(file, String(process.pid), { flag: 'wx' }); // of two that come at once, one fails
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
