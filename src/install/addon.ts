import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ADDON, packageIn, TFJS_NODE_VERSION } from '../engines/tfjs/tensorflow/installation.js';
import { command } from './command.js';
import type { Libtensorflow } from './libtensorflow.js';

/** Package with the headers of Node-API. Many distributions of Node.js do not have them. */
const HEADERS = 'node-api-headers';

/**
 * Installs tfjs-node without running its scripts. Then deletes its copy of TensorFlow.js, because a program must have only one copy of
 * TensorFlow.js.
 */
export async function installPackage(folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dependencies = { '@tensorflow/tfjs-node': TFJS_NODE_VERSION, [HEADERS]: '^1.9.0' };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--omit=peer', '--omit=dev'];
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=2000', '--fetch-timeout=30000'];
  await command('npm', ['install', ...flags, ...patience], {
    signal,
    cwd: folder,
    shell: process.platform === 'win32',
  });
  const tensorflow = dirname(packageIn(folder));
  for (const name of await readdir(tensorflow)) {
    if (name !== 'tfjs-node') await rm(join(tensorflow, name), { recursive: true });
  }
}

/** Compiles the addon, and copies the libraries that it needs next to it. */
export async function buildAddon(
  folder: string,
  { include, lib }: Libtensorflow,
  compiler: string,
  signal: AbortSignal,
): Promise<void> {
  const target = packageIn(folder);
  const libraries = join(target, 'deps', 'lib');
  await mkdir(libraries, { recursive: true });
  await mkdir(dirname(join(target, ADDON)), { recursive: true });
  const names = (await readdir(lib)).filter((name) => name.startsWith('libtensorflow'));
  // Keeps symbolic links (libtensorflow.so to libtensorflow.so.2).
  for (const name of names)
    await cp(join(lib, name), join(libraries, name), { recursive: true, verbatimSymlinks: true });
  const isMac = process.platform === 'darwin';
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(target, 'binding', name));
  const headers = [join(folder, 'node_modules', HEADERS, 'include'), include, target];
  // The same flags as in binding.gyp of tfjs-node.
  const flags = ['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', ...headers.map((path) => `-I${path}`)];
  const link = names.map((name) => join(libraries, name));
  const origin = isMac ? '@loader_path' : '$ORIGIN';
  const linking = [`-Wl,-rpath,${origin}/../../deps/lib`, ...(isMac ? ['-undefined', 'dynamic_lookup'] : [])];
  await command(compiler, [...flags, ...sources, ...link, ...linking, '-o', join(target, ADDON)], { signal });
}
