import { statfs } from 'node:fs/promises';
import { EnsembleError } from '../errors.js';
import { answers } from './command.js';

/** Disk space for a wheel, the files unpacked from it, and the copy that is kept. */
const DISK_GB = 2;

/** The programs that a build needs. */
export interface Tools {
  readonly python: string;
  readonly compiler: string;
}

/** Names to try if the user names none. */
const PYTHONS = ['python3', 'python'];
const COMPILERS = ['c++', 'g++', 'clang++'];

/**
 * Finds the tools that a build needs, before anything is downloaded.
 * @param python the program that the user names; undefined: the first of {@link PYTHONS} that works
 * @param needsPython false if libtensorflow does not come from a wheel
 * @throws EnsembleError `SETUP_FAILED` with everything that is missing and how to get it
 */
export async function findTools(
  python: string | undefined,
  needsPython: boolean,
  folder: string,
  signal: AbortSignal,
): Promise<Tools> {
  const missing: string[] = [];
  if (process.platform === 'win32') {
    missing.push('Linux or macOS: on Windows, only the published binaries work (`--from published`)');
  }
  if (process.platform === 'darwin' && process.arch === 'x64' && needsPython) {
    missing.push(
      'a libtensorflow, named with --from: this version of TensorFlow has no wheels for Macs with Intel processors',
    );
  }
  const foundPython = await firstOf(python === undefined ? PYTHONS : [python], ['-m', 'pip', '--version'], signal);
  if (foundPython === null && needsPython) {
    missing.push(
      `Python with pip (tried ${python ?? PYTHONS.join(', ')}): install python3 and python3-pip, name one with --python, ` +
        'or name a libtensorflow with --from',
    );
  }
  const named = process.env['CXX'];
  const compilers = named === undefined ? COMPILERS : [named];
  const compiler = await firstOf(compilers, ['--version'], signal);
  if (compiler === null) {
    missing.push(
      `a C++ compiler (tried ${compilers.join(', ')}): install g++ or clang (macOS: xcode-select --install), or name one with CXX`,
    );
  }
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / 1e9;
  if (free < DISK_GB) {
    missing.push(`${DISK_GB} GB of free disk space for ${folder}: the disk has ${free.toFixed(1)} GB`);
  }
  if (missing.length > 0) {
    throw new EnsembleError('SETUP_FAILED', `This is missing to build tfjs-node:\n- ${missing.join('\n- ')}`);
  }
  return { python: foundPython ?? '', compiler: compiler ?? '' };
}

async function firstOf(
  programs: readonly string[],
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  for (const program of programs) if (await answers(program, args, signal)) return program;
  return null;
}
