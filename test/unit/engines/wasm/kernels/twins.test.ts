import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PARAMETERS } from '../../../../../src/engines/wasm/kernelSignatures.js';
import { moduleOf } from './harness.js';

/** Twins, one file for each file of kernels. */
const FOLDER = new URL('../../../../reference/kernels/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((file) => file !== 'twin.ts');

const NAMES = Object.keys(PARAMETERS).sort();

it.each(['simd', 'relaxed'] as const)('the kernels of the %s build are those of the committed signatures', (build) => {
  const module = moduleOf(build);
  if (module === null) return;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const exported = Object.entries(new WebAssembly.Instance(module, { env: { memory } }).exports);
  const kernels = exported.flatMap(([name, value]) => (typeof value === 'function' ? [[name, value.length]] : []));
  expect(kernels.sort()).toEqual(Object.entries(PARAMETERS).map(([name, { length }]) => [name, length]));
});

it('each kernel has a twin', async () => {
  const modules = await Promise.all(
    FILES.map((file) => import(new URL(file, FOLDER).href) as Promise<Readonly<Record<string, unknown>>>),
  );
  expect(modules.flatMap((twins) => Object.keys(twins)).sort()).toEqual(NAMES);
});

it('each file of twins has a test', () => {
  const untested = FILES.filter((file) => !existsSync(new URL(file.replace(/\.ts$/, '.test.ts'), import.meta.url)));
  expect(untested).toEqual([]);
});
