/**
 * Records what training gives as SHA-256 hashes, and compares two records: a restructuring has to keep every bit.
 *
 *     node scripts/compare-bits.js record before.json --root ../other-checkout
 *     npm run compare:bits -- check before.json
 *     node scripts/compare-bits.js compare before.json after.json
 *
 * A record covers the default command, all examples, and the trainings of compare-bits/trainings.js, on the engines `wasm` (with both
 * choices of `simd`) and `tfjs`. Checkouts are used through their package interface and their command alone, so that internal modules may
 * move. Both must be built.
 *
 * Node.js 20 has relaxed SIMD only with an option, which all processes get: `node --experimental-wasm-relaxed-simd scripts/compare-bits.js ...`.
 */
import { Command, Option } from 'commander';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { hashHistory, hashNumbers, hashWeights } from './compare-bits/hash.js';
import { fitOptions, readTrainings } from './compare-bits/trainings.js';

const PRELOAD = new URL('compare-bits/preload.js', import.meta.url).href;
const OWN_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ readonly engine: 'wasm' | 'tfjs', readonly simd: 'auto' | 'strict' }} Setting */
/** @typedef {Readonly<Record<string, string>>} Hashes by what they are of */
/**
 * @typedef {object} BitsRecord
 * @property {string} node version of Node.js and its options
 * @property {string} cpu
 * @property {readonly string[]} engines
 * @property {Hashes} hashes
 */

/** @type {readonly Setting[]} */
const SETTINGS = [
  { engine: 'wasm', simd: 'strict' },
  { engine: 'wasm', simd: 'auto' },
  { engine: 'tfjs', simd: 'auto' },
];

/**
 * Runs the default command.
 * @param {string} root folder of the checkout
 * @param {Setting} setting
 * @returns {Promise<Hashes>}
 */
async function runCommand(root, { engine, simd }) {
  const out = await mkdtemp(join(tmpdir(), 'compare-bits-'));
  try {
    const options = ['--samples', '6400', '--epochs', '2', '--seed', '1', '--engine', engine, '--simd', simd];
    const args = ['dist/cli/main.js', 'train', ...options, '--quiet', '--out', out];
    await promisify(execFile)(process.execPath, [...process.execArgv, ...args], { cwd: root });
    const model = join(out, 'model');
    const files = readdirSync(model).filter((file) => /^weights.*\.bin$/.test(file));
    if (files.length === 0) throw new Error('Expected the command to write model/weights*.bin. Found none.');
    return {
      weights: hashNumbers(files.sort().map((file) => readFileSync(join(model, file)))),
      history: hashHistory(JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')).history),
    };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/**
 * Runs an example; compare-bits/preload.js sends the hashes.
 * @param {string} root folder of the checkout
 * @param {string} file
 * @param {Setting} setting
 * @returns {Promise<Hashes>}
 */
async function runExample(root, file, setting) {
  const child = fork(file, {
    cwd: join(root, 'examples'),
    execArgv: [...process.execArgv, '--import', 'tsx', '--import', PRELOAD],
    env: { ...process.env, COMPARE_BITS: JSON.stringify({ root, ...setting }) },
    silent: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const hashes = {};
  child.on('message', (message) => Object.assign(hashes, message));
  const [code] = await once(child, 'close');
  if (code === 0 && Object.keys(hashes).length > 0) return hashes;
  throw new Error(`Expected ${file} to train and to end with exit code 0. It ended with ${code}:\n${output}`);
}

/**
 * Trains in this process.
 * @param {typeof import('tfjs-ensemble').Ensemble} Ensemble
 * @param {import('./compare-bits/trainings.js').Training} training
 * @param {Setting} setting
 * @returns {Promise<Hashes>}
 */
async function runTraining(Ensemble, { members, outputs, compile, x, y }, setting) {
  const ensemble = new Ensemble({ members, outputs });
  try {
    ensemble.initialize(fitOptions.seed);
    ensemble.compile(compile);
    const { history } = await ensemble.fit(x, y, { ...fitOptions, ...setting });
    const predicted = await ensemble.predict(x, { batchSize: fitOptions.batchSize, ...setting });
    return {
      ...hashWeights(ensemble),
      history: hashHistory(history),
      predictions: hashNumbers(Object.values(predicted).map((tensor) => tensor.dataSync())),
    };
  } finally {
    await ensemble.close();
  }
}

/**
 * @param {string} root folder of the checkout
 * @param {readonly string[]} engines
 * @returns {Promise<BitsRecord>}
 */
async function record(root, engines) {
  const load = (module) => import(pathToFileURL(join(root, module)).href);
  const library = await load('dist/index.js');
  // The copy of TensorFlow.js that the checkout itself uses.
  const tf = createRequire(join(root, 'package.json'))('@tensorflow/tfjs');
  const trainings = await readTrainings({ tf, library, mnist: (await load('dist/data/index.js')).mnist });
  const examples = readdirSync(join(root, 'examples')).filter((file) => /^\d.*\.ts$/.test(file));

  const hashes = {};
  for (const setting of SETTINGS.filter(({ engine }) => engines.includes(engine))) {
    const { engine, simd } = setting;
    const add = async (name, run) => {
      const whole = `${engine}, ${simd}: ${name}`;
      console.error(whole);
      for (const [what, hash] of Object.entries(await run())) hashes[`${whole}: ${what}`] = hash;
    };
    await add('default command', () => runCommand(root, setting));
    for (const file of examples) await add(file, () => runExample(root, file, setting));
    for (const [name, make] of trainings)
      await add(name, async () => runTraining(library.Ensemble, await make(engine), setting));
  }
  return {
    node: [process.version, ...process.execArgv].join(' '),
    cpu: cpus()[0]?.model ?? 'unknown',
    engines,
    hashes,
  };
}

/**
 * Prints what differs, and sets the exit code.
 * @param {BitsRecord} before
 * @param {BitsRecord} after
 */
function compare(before, after) {
  for (const what of ['node', 'cpu']) {
    if (before[what] !== after[what]) console.error(`Recorded with other ${what}: ${before[what]}, ${after[what]}`);
  }
  const names = [...new Set([...Object.keys(before.hashes), ...Object.keys(after.hashes)])];
  const different = names.filter((name) => before.hashes[name] !== after.hashes[name]);
  for (const name of different) {
    const missing = before.hashes[name] === undefined ? 'first' : after.hashes[name] === undefined ? 'second' : null;
    console.log(`${name}: ${missing === null ? 'differs' : `not in the ${missing} record`}`);
  }
  console.log(`${names.length - different.length} of ${names.length} hashes are equal.`);
  process.exitCode = different.length === 0 && names.length > 0 ? 0 : 1;
}

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const rootOption = new Option('--root <dir>', 'the checkout that trains, built')
  .default(OWN_ROOT, 'this one')
  .argParser((dir) => resolve(dir));
const program = new Command('compare-bits').description('record and compare, bit for bit, what training gives');
program
  .command('record <file>')
  .description('train, and write hashes')
  .addOption(rootOption)
  .addOption(new Option('--engine <names...>', 'what computes').choices(['wasm', 'tfjs']).default(['wasm', 'tfjs']))
  .action(async (file, { root, engine }) => {
    writeFileSync(file, `${JSON.stringify(await record(root, engine), null, 2)}\n`);
  });
program
  .command('compare <first> <second>')
  .description('print what differs; exit code 1 where anything does')
  .action((first, second) => {
    compare(read(first), read(second));
  });
program
  .command('check <file>')
  .description('train on the engines of a record, and compare with it')
  .addOption(rootOption)
  .action(async (file, { root }) => {
    const before = read(file);
    compare(before, await record(root, before.engines));
  });
await program.parseAsync();
