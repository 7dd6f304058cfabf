import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnsembleError } from '../errors.js';
import { findTfjsNode, packageIn, setupFolder } from '../engines/tfjs/tensorflow/installation.js';
import { buildAddon, installPackage } from './addon.js';
import { command } from './command.js';
import { fromPip, fromPlace } from './libtensorflow.js';
import { installPublished, isHostReached } from './published.js';
import { findTools } from './tools.js';

export interface SetupOptions {
  /**
   * The source of TensorFlow: `published` (the download of tfjs-node), `wheel` (with pip), or a folder, file or address.
   * @defaultValue `published` if its host answers within 5 s, else `wheel`
   */
  readonly from?: string;
  /** A Python with pip. @defaultValue `python3` or `python` */
  readonly python?: string;
  /** Builds again even if a working tfjs-node exists. @defaultValue false */
  readonly force?: boolean;
  readonly signal: AbortSignal;
}

/** Time limit of the training step at the end, in seconds. */
const PROOF_TIMEOUT = 120;

/**
 * Makes the engine `tensorflow` work: puts tfjs-node with its addon into {@link setupFolder}, atomically.
 * @param say prints a line of progress
 * @throws EnsembleError `SETUP_FAILED`, `ABORTED`
 */
export async function setupTensorflow(options: SetupOptions, say: (line: string) => void): Promise<void> {
  const { signal } = options;
  const target = setupFolder();
  await clearUp(target);
  const there = options.force === true ? null : findTfjsNode();
  if (there !== null) {
    const versions = await prove(there, signal).catch(() => null);
    if (versions !== null) {
      say(`already works: ${versions} (--force builds it again)`);
      return;
    }
    say(`the tfjs-node in ${there} does not work: setting up another one`);
  }
  const stage = `${target}.partial-${process.pid}`;
  try {
    await mkdir(stage, { recursive: true });
    const versions = await build(stage, options, say);
    await putInPlace(stage, target);
    say(`works: ${versions}; in ${target}`);
  } catch (error) {
    if (signal.aborted) throw new EnsembleError('ABORTED', 'The setup was interrupted. It left no files');
    throw error;
  } finally {
    await remove(stage);
  }
}

/** @returns the versions of the tfjs-node that was built and tested */
async function build(
  stage: string,
  { from, python, signal }: SetupOptions,
  say: (line: string) => void,
): Promise<string> {
  const install = async (): Promise<void> => {
    say('installing @tensorflow/tfjs-node with npm');
    await installPackage(stage, signal);
  };
  const proof = (): Promise<string> => {
    say('training a step to test it');
    return prove(packageIn(stage), signal);
  };
  const isPublished = from === 'published' || (from === undefined && (await isHostReached(signal)));
  if (isPublished) {
    await install();
    say('downloading the published binaries of tfjs-node');
    try {
      await installPublished(stage, signal);
      // The binaries may be for another processor or another version of the C library.
      return await proof();
    } catch (error) {
      if (from !== undefined || signal.aborted) throw error;
      say('the published binaries do not work; building the addon instead');
      await rm(stage, { recursive: true });
      await mkdir(stage);
    }
  }
  // Missing tools are reported before anything is downloaded.
  const usesPip = from === undefined || from === 'wheel';
  const tools = await findTools(python, usesPip || from.endsWith('.whl'), stage, signal);
  await install();
  const work = join(stage, 'work');
  await mkdir(work);
  const getting = { python: tools.python, work, signal, say };
  const libtensorflow = usesPip ? await fromPip(getting) : await fromPlace(from, getting);
  say(`compiling the addon with ${tools.compiler}`);
  await buildAddon(stage, libtensorflow, tools.compiler, signal);
  await rm(work, { recursive: true });
  return proof();
}

/** Trains a step with a tfjs-node, in a separate process, because a wrong addon can crash the process. */
async function prove(folder: string, signal: AbortSignal): Promise<string> {
  const program = fileURLToPath(new URL('./proof.js', import.meta.url));
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '1' };
  return (await command(process.execPath, [program, folder], { signal, env, timeout: PROOF_TIMEOUT })).trim();
}

/** Deletes the files of killed setups. If a setup was killed while it replaced a working tfjs-node, that one is put back. */
async function clearUp(target: string): Promise<void> {
  const parent = dirname(target);
  for (const name of await readdir(parent).catch(() => [])) {
    const [, kind, pid] = /\.(partial|old)-(\d+)$/.exec(name) ?? [];
    if (!name.startsWith(basename(target)) || pid === undefined || isAlive(Number(pid))) continue;
    if (kind === 'old' && !existsSync(target)) await rename(join(parent, name), target);
    else await remove(join(parent, name));
  }
}

/** Deletes a folder. A child process of a killed setup may still write there; then the next setup deletes the folder. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // a process of another user
  }
}

async function putInPlace(stage: string, target: string): Promise<void> {
  const old = `${target}.old-${process.pid}`;
  if (existsSync(target)) await rename(target, old);
  await rename(stage, target);
  await remove(old);
}
