import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnsembleError } from '../errors.js';
import { command } from './command.js';

/** TensorFlow as tfjs-node's addon is built and tested against it here. */
const TENSORFLOW_VERSION = '2.21.0';
/** For any of these a wheel is the same, but for its Python modules, which are not used. */
const PYTHON_TAGS = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'];

/** TensorFlow's C library. */
export interface Libtensorflow {
  /** Folder with `tensorflow/c/c_api.h`. */
  readonly include: string;
  /** Folder with the libraries, whose names begin with `libtensorflow`. */
  readonly lib: string;
}

export interface Getting {
  readonly python: string;
  /** Folder for what is downloaded and unpacked. */
  readonly work: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * TensorFlow's C library out of the wheel that pip gets, by pip's own settings (indexes, mirrors, proxies), which also verifies it.
 * @throws EnsembleError `SETUP_FAILED`
 */
export async function fromPip(getting: Getting): Promise<Libtensorflow> {
  const { python, work, signal, say } = getting;
  const name = process.platform === 'linux' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  say(`getting ${name} ${TENSORFLOW_VERSION} (some 270 MB) by pip`);
  const folder = join(work, 'wheel');
  // A retry and 15 s: where there is no network, pip says so within a minute.
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
  if (wheel === undefined) throw new EnsembleError('SETUP_FAILED', `pip has left no wheel of ${name} in ${folder}`);
  return unpackWheel(join(folder, wheel), getting);
}

/** Without them pip takes the machine's own; but then it insists on the Python that runs it. */
function platformTags(): string[] {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const tags =
    process.platform === 'darwin'
      ? [`macosx_12_0_${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`]
      : [`manylinux_2_27_${machine}`, `manylinux_2_17_${machine}`, `manylinux2014_${machine}`];
  return tags.flatMap((tag) => ['--platform', tag]);
}

/**
 * TensorFlow's C library from where the user says: a wheel, an archive of libtensorflow, a folder with either of them unpacked, or the
 * address of a wheel or an archive.
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
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path), { signal });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnsembleError('SETUP_FAILED', `${address} can't be downloaded: ${reason}`, { cause });
  }
  return path;
}

/** Of a wheel's files only what is needed; the whole takes more than a gigabyte. */
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

/** Compares the libraries with what the wheel says of them. */
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

/** Either a Python package `tensorflow`, or libtensorflow as it is published for C. */
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
    `Expected ${folder} to have include/tensorflow/c/c_api.h, and libtensorflow* in itself or in lib/. It is neither a Python package ` +
      '"tensorflow" nor an unpacked libtensorflow',
  );
}
