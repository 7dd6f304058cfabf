import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnsembleError } from '../errors.js';
import { command } from './command.js';

/** The version of TensorFlow that this project builds the addon against and tests. */
const TENSORFLOW_VERSION = '2.21.0';
/** Any supported Python works: the wheels differ only in their Python modules, which are not used. */
const PYTHON_TAGS = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'];

/** TensorFlow's C library. */
export interface Libtensorflow {
  /** Folder with `tensorflow/c/c_api.h`. */
  readonly include: string;
  /** Folder with the libraries. Their names begin with `libtensorflow`. */
  readonly lib: string;
}

export interface Getting {
  readonly python: string;
  /** Folder for downloaded and unpacked files. */
  readonly work: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Gets TensorFlow's C library from a wheel. pip downloads and verifies the wheel, with its own settings (indexes, mirrors, proxies).
 * @throws EnsembleError `SETUP_FAILED`
 */
export async function fromPip(getting: Getting): Promise<Libtensorflow> {
  const { python, work, signal, say } = getting;
  const name = process.platform === 'linux' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  say(`downloading ${name} ${TENSORFLOW_VERSION} (about 270 MB) with pip`);
  const folder = join(work, 'wheel');
  // With one retry and 15 s, pip reports a missing network within a minute.
  const patience = ['--retries', '1', '--timeout', '15', '--disable-pip-version-check'];
  const what = [
    '--no-deps',
    '--only-binary=:all:',
    ...PYTHON_TAGS,
    ...platformTags(),
    `${name}==${TENSORFLOW_VERSION}`,
  ];
  await command(python, ['-m', 'pip', 'download', ...patience, '--dest', folder, ...what], { signal });
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new EnsembleError('SETUP_FAILED', `pip wrote no wheel of ${name} into ${folder}`);
  return unpackWheel(join(folder, wheel), getting);
}

/** The platform must be given, because pip otherwise ignores {@link PYTHON_TAGS} and only accepts wheels for the Python that runs it. */
function platformTags(): string[] {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const tags =
    process.platform === 'darwin'
      ? [`macosx_12_0_${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`]
      : [`manylinux_2_27_${machine}`, `manylinux_2_17_${machine}`, `manylinux2014_${machine}`];
  return tags.flatMap((tag) => ['--platform', tag]);
}

/**
 * Gets TensorFlow's C library from a place that the user names: a wheel, an archive of libtensorflow, a folder with one of them unpacked,
 * or the address of a wheel or an archive.
 * @throws EnsembleError `SETUP_FAILED`
 */
export async function fromPlace(place: string, getting: Getting): Promise<Libtensorflow> {
  const path = /^https?:/.test(place) ? await download(place, getting) : place;
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new EnsembleError(
      'SETUP_FAILED',
      `Expected --from to name a file, a folder or an address. Received: ${place}`,
    );
  if (found.isDirectory()) return inFolder(path);
  if (path.endsWith('.whl')) return unpackWheel(path, getting);
  const folder = join(getting.work, 'archive');
  await mkdir(folder, { recursive: true });
  await command('tar', ['-xf', path, '-C', folder], { signal: getting.signal });
  return inFolder(folder);
}

async function download(address: string, { work, signal, say }: Getting): Promise<string> {
  say(`downloading ${address}`);
  const path = join(work, basename(new URL(address).pathname));
  try {
    const response = await fetch(address, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered with status ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path), { signal });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnsembleError('SETUP_FAILED', `${address} cannot be downloaded: ${reason}`, { cause });
  }
  return path;
}

/** Unpacks only the needed files. The whole wheel takes more than a gigabyte. */
const UNPACK = `
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
for name in wheel.namelist():
    if name.startswith('tensorflow/libtensorflow') or name.startswith(tuple('tensorflow/include/' + part for part in
            ('tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/'))) or name.endswith('.dist-info/RECORD'):
        wheel.extract(name, sys.argv[2])
`;

async function unpackWheel(wheel: string, { python, work, signal, say }: Getting): Promise<Libtensorflow> {
  say(`unpacking ${basename(wheel)}`);
  const folder = join(work, 'unpacked');
  await command(python, ['-c', UNPACK, wheel, folder], { signal });
  await verify(folder);
  return inFolder(join(folder, 'tensorflow'));
}

/** Compares the libraries with the hashes in the wheel. */
async function verify(folder: string): Promise<void> {
  const info = (await readdir(folder)).find((name) => name.endsWith('.dist-info')) ?? '';
  const record = await readFile(join(folder, info, 'RECORD'), 'utf8');
  for (const line of record.split('\n')) {
    const [name = '', sum = ''] = line.split(',');
    if (!name.startsWith('tensorflow/libtensorflow')) continue;
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, name)), hash);
    const actual = `sha256=${hash.digest('base64url')}`;
    if (actual !== sum)
      throw new EnsembleError('SETUP_FAILED', `${name} is damaged: expected ${sum}. Received: ${actual}`);
  }
}

/** Finds the library in a folder: a Python package `tensorflow`, or a libtensorflow as published for C. */
async function inFolder(folder: string): Promise<Libtensorflow> {
  const include = join(folder, 'include');
  for (const lib of [folder, join(folder, 'lib')]) {
    const files = await readdir(lib).catch(() => []);
    if (!files.some((file) => file.startsWith('libtensorflow'))) continue;
    const header = await stat(join(include, 'tensorflow', 'c', 'c_api.h')).catch(() => null);
    if (header !== null) return { include, lib };
  }
  throw new EnsembleError(
    'SETUP_FAILED',
    `Expected ${folder} to be a Python package "tensorflow" or an unpacked libtensorflow. It needs include/tensorflow/c/c_api.h, and ` +
      'libtensorflow* in the folder itself or in lib/',
  );
}
