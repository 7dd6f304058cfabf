/**
 * Compiles kernels/ to WebAssembly, once with 128-bit SIMD only and once with relaxed SIMD (fused multiply-add). The engine uses the
 * second build if Node.js supports it. Also writes the TypeScript signatures of the kernels; they are committed.
 */
import asc from 'assemblyscript/asc';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { kernelSignatures } from './kernel-signatures.js';

const FEATURES = ['simd', 'threads', 'bulk-memory'];
const BUILDS = { simd: FEATURES, relaxed: [...FEATURES, 'relaxed-simd'] };

const ENTRY = 'kernels/index';
// The engine owns the memory of the kernels. Addresses are arguments; the kernels have no heap and no static data.
const OPTIONS = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--importMemory',
  '--sharedMemory',
  '--disableWarning',
  '112',
];
const MEMORY = ['--initialMemory', '1', '--maximumMemory', '65536'];

const root = fileURLToPath(new URL('..', import.meta.url));
const signatures = fileURLToPath(new URL('../src/engines/wasm/kernelSignatures.ts', import.meta.url));

let text = '';
for (const [name, features] of Object.entries(BUILDS)) {
  const enabled = features.flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main(
    [`${ENTRY}.ts`, '--baseDir', root, '--outFile', `kernels/build/${name}.wasm`, ...OPTIONS, ...MEMORY, ...enabled],
    {
      reportDiagnostic: undefined,
      transforms: [
        {
          afterInitialize(program) {
            text = kernelSignatures(program, ENTRY);
          },
        },
      ],
    },
  );
  if (error !== null) {
    console.error(stderr.toString());
    process.exit(1);
  }
}

await writeFile(signatures, await format(text, { ...(await resolveConfig(signatures)), filepath: signatures }));
