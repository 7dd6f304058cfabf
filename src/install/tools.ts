import { statfs } from 'node:fs/promises';
import { EnsembleError } from '../errors.js';
import { answers } from './command.js';

/** Room for a wheel, what is taken out of it, and the copy that stays. */
const DISK_GB = 2;

/** Programs that a build needs. */
export interface Tools {
  readonly python: string;
  readonly compiler: string;
}

/** Names to try, where the user names none. */
const PYTHONS = ['python3', 'python'];
const COMPILERS = ['c++', 'g++', 'clang++'];

/**
 * Looks for all that a build needs before it downloads anything.
 * @param python as the user names it; undefined: what there is
 * @param needsPython false where libtensorflow is there already
 * @throws EnsembleError `SETUP_FAILED` naming all that is missing, and how to get it
 */
export async function findTools(
  python: string | undefined,
  needsPython: boolean,
  folder: string,
  signal: AbortSignal,
): Promise<Tools> {
  const missing: string[] = [];
  if (process.platform === 'win32') {
    missing.push('Linux or macOS: on Windows only the published binary can be used (`--from published`)');
  }
  if (process.platform === 'darwin' && process.arch === 'x64' && needsPython) {
    missing.push(
      'a libtensorflow named with --from: there are no wheels of this TensorFlow for Macs with Intel processors',
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
    missing.push(`${DISK_GB} GB of free disk where ${folder} is; there are ${free.toFixed(1)}`);
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
