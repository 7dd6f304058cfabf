/**
 * Compiles kernels/ to WebAssembly, once with 128-bit SIMD alone and once with relaxed SIMD (fused multiply-add); the engine takes the
 * second where it validates.
 */
import asc from 'assemblyscript/asc';
import { fileURLToPath } from 'node:url';

const FEATURES = ['simd', 'threads', 'bulk-memory'];
const BUILDS = { simd: FEATURES, relaxed: [...FEATURES, 'relaxed-simd'] };

// Kernels live in a memory of the engine's: pointers come as arguments, and there is no heap and no static data.
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
for (const [name, features] of Object.entries(BUILDS)) {
  const enabled = features.flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main(
    [
      'kernels/index.ts',
      '--baseDir',
      root,
      '--outFile',
      `kernels/build/${name}.wasm`,
      ...OPTIONS,
      ...MEMORY,
      ...enabled,
    ],
    { reportDiagnostic: undefined },
  );
  if (error !== null) {
    console.error(stderr.toString());
    process.exit(1);
  }
}
