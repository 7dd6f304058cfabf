/** `npm run build`: builds the kernels, the JavaScript of the package and the page of the report, if their files changed. */
import path from 'node:path';
import { buildChanged } from './incremental.js';

const root = path.resolve(import.meta.dirname, '..');

// npm keeps the versions of all installed packages in the hidden lock file.
const TOOLS = ['node_modules/.package-lock.json', 'scripts/incremental.js'];
// Files in the root that the compiler and the bundler read.
const SETTINGS = ['package.json', 'tsconfig.json'];

const PARTS = [
  {
    name: 'kernels',
    command: ['scripts/build-kernels.js'],
    sources: ['kernels', '!kernels/build'],
    tools: [...TOOLS, 'scripts/build-kernels.js', 'scripts/kernel-signatures.js', '.prettierrc.json'],
    outputs: ['kernels/build', 'src/engines/wasm/kernelSignatures.ts'],
  },
  {
    name: 'package',
    command: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    sources: ['src', '!src/report/client'],
    tools: [...TOOLS, ...SETTINGS, 'tsconfig.build.json'],
    outputs: ['dist', '!dist/report/client'],
  },
  {
    name: 'report',
    command: ['scripts/build-report.js'],
    // The page also imports from other folders of src/.
    sources: ['src'],
    tools: [...TOOLS, ...SETTINGS, 'scripts/build-report.js'],
    outputs: ['dist/report/client'],
  },
];

try {
  await buildChanged({
    root,
    cache: path.join(root, 'node_modules/.cache/tfjs-ensemble/build'),
    parts: PARTS,
    onBuild: (part) => console.error(`Building ${part}`),
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
