import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Experiment, type ExperimentDefinition, type ExperimentEvent } from 'tfjs-ensemble/experiment';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { TINY } from '../tinyRun.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-experiment-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const BASE = {
  ...TINY,
  nets: { net: [{ flatten: {} }, { dropout: { rate: 0.2 } }, { dense: { units: 10, activation: 'softmax' } }] },
  fit: { ...TINY.fit, validationSplit: 0.25 },
};

const SERIES = {
  name: 'series',
  base: BASE,
  variants: { mean: null, sum: { 'outputs.combined': { sum: ['a', 'b'], target: 'digits' } } },
  seeds: [1, 2],
} satisfies ExperimentDefinition;

/** Plans and runs, and remembers what happened. */
async function run(definition: ExperimentDefinition, out: string, threads = Math.min(2, availableParallelism())) {
  const events: ExperimentEvent[] = [];
  const experiment = await Experiment.plan(definition, { out: join(folder, out), threads });
  const results = await experiment.run({ onEvent: (event) => events.push(event) });
  const names = (type: 'finish' | 'fail'): string[] =>
    events.flatMap((event) => (event.type === type ? [`${event.variant} ${event.seed}`] : [])).sort();
  return { results, events, finished: names('finish'), failed: names('fail') };
}

/** Weights of a run that has landed. */
async function weights(out: string, variant: string, seed: number): Promise<Buffer> {
  const name = (await readdir(join(folder, out, 'runs'))).find((one) => one.startsWith(`${variant}-seed-${seed}-`));
  return readFile(join(folder, out, 'runs', name ?? '', 'model', 'weights.bin'));
}

describe('a series', () => {
  it('leaves a folder for each run, a row for each variant, and what it was told', async () => {
    const { results, events, finished } = await run(SERIES, 'whole');
    expect(finished).toEqual(['mean 1', 'mean 2', 'sum 1', 'sum 2']);
    expect(events[0]).toMatchObject({ type: 'begin', runs: 4, kept: 0, variants: 2 });
    expect(events.at(-1)).toMatchObject({ type: 'end', finished: 4, failed: 0 });
    for (const file of ['experiment.yaml', 'report.html', 'results.csv', 'results.json', 'results.md'])
      expect(existsSync(join(folder, 'whole', file))).toBe(true);
    expect(existsSync(join(folder, 'whole', 'lock'))).toBe(false);
    expect(existsSync(join(folder, 'whole', 'partial'))).toBe(false);
    const [mean, sum] = results.variants;
    expect(results.metrics[0]).toBe('test_accuracy');
    // The numbers are those in the runs' own records, and their differences.
    const accuracies = await Promise.all(
      [mean, sum].flatMap((variant) =>
        (variant?.runs ?? []).map(async (one) => {
          const path = join(folder, 'whole', one.status === 'finished' ? one.folder : '', 'run.json');
          return (JSON.parse(await readFile(path, 'utf8')) as { test: { accuracy: number } }).test.accuracy;
        }),
      ),
    );
    const [m1 = NaN, m2 = NaN, s1 = NaN, s2 = NaN] = accuracies;
    expect(mean?.metrics['test_accuracy']).toMatchObject({ n: 2, mean: (m1 + m2) / 2 });
    expect(sum?.compared['test_accuracy']?.mean).toBeCloseTo((s1 - m1 + s2 - m2) / 2, 12);
    expect(mean?.compared).toEqual({});
    expect(mean?.metrics).toHaveProperty('test_members_accuracy');
    const csv = (await readFile(join(folder, 'whole', 'results.csv'), 'utf8')).trim().split('\n');
    expect(csv).toHaveLength(3);
    expect(csv[1]).toMatch(/^mean,2,0,/);
  });

  it("leaves what callbacks of the base write in each run's folder", async () => {
    const base = { ...BASE, callbacks: [{ csvLogger: { filename: 'log.csv' } }] };
    const { results } = await run({ name: 'logged', base, seeds: [1, 2] }, 'logged');
    const folders = (results.variants[0]?.runs ?? []).map((one) => (one.status === 'finished' ? one.folder : ''));
    expect(folders).toHaveLength(2);
    for (const one of folders) {
      const log = await readFile(join(folder, 'logged', one, 'log.csv'), 'utf8');
      expect(log).toMatch(/^epoch,accuracy,loss,val_accuracy,val_loss\n0,.*\n1,.*\n$/);
    }
  });

  it('gives each run the bits that it has alone, whatever runs beside it', async () => {
    const definition = { ...SERIES, variants: { sum: SERIES.variants.sum }, seeds: [2] };
    await run(definition, 'alone', 1);
    expect((await weights('alone', 'sum', 2)).equals(await weights('whole', 'sum', 2))).toBe(true);
    expect((await weights('whole', 'sum', 1)).equals(await weights('whole', 'sum', 2))).toBe(false);
  });

  it('trains only what is missing, whatever variants are called', async () => {
    const again = await run(SERIES, 'whole');
    expect(again.finished).toEqual([]);
    expect(again.events[0]).toMatchObject({ runs: 0, kept: 4 });
    expect(again.results.variants[0]?.metrics['test_accuracy']?.n).toBe(2);
    const changed = await run(
      {
        ...SERIES,
        variants: { average: null, sum: { ...SERIES.variants.sum, 'fit.epochs': 1 } },
        seeds: [2, 3],
      },
      'whole',
    );
    expect(changed.finished).toEqual(['average 3', 'sum 2', 'sum 3']);
    expect(changed.results.variants.map(({ name, runs }) => [name, runs.length])).toEqual([
      ['average', 2],
      ['sum', 2],
    ]);
  });

  it('lists a run that fails with its error, runs the others, and tries it again the next time', async () => {
    const wild = { 'compile.optimizer': { sgd: { learningRate: 1e38 } } };
    const definition = { ...SERIES, variants: { wild, mean: null }, seeds: [1] };
    const { results, finished, failed } = await run(definition, 'failing');
    expect([finished, failed]).toEqual([['mean 1'], ['wild 1']]);
    expect(results.variants[0]?.runs).toEqual([
      { seed: 1, status: 'failed', error: expect.stringContaining('LOSS_NOT_FINITE') as string },
    ]);
    expect(await readFile(join(folder, 'failing', 'results.md'), 'utf8')).toContain('wild, seed 1: LOSS_NOT_FINITE');
    expect((await run(definition, 'failing')).failed).toEqual(['wild 1']);
  });

  it('names the folder, the process and the series that are in the way', async () => {
    await expect(run({ ...SERIES, name: 'other' }, 'whole')).rejects.toMatchObject({
      code: 'OUTPUT_FOLDER',
      message: expect.stringContaining('"series", not to "other"') as string,
    });
    await mkdir(join(folder, 'foreign'));
    await writeFile(join(folder, 'foreign', 'thesis.tex'), '');
    await expect(run(SERIES, 'foreign')).rejects.toMatchObject({ code: 'OUTPUT_FOLDER' });
    await writeFile(join(folder, 'whole', 'lock'), String(process.ppid)); // of a process that lives
    await expect(run(SERIES, 'whole')).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining(String(process.ppid)) as string,
    });
    await rm(join(folder, 'whole', 'lock'));
  });

  it('is run once at a time in a process, too', async () => {
    const definition = { ...SERIES, variants: { mean: null }, seeds: [1] };
    const options = { out: join(folder, 'once') };
    const experiment = await Experiment.plan(definition, options);
    const other = await Experiment.plan(definition, options);
    const call = experiment.run();
    await expect(experiment.run()).rejects.toMatchObject({ code: 'BUSY' });
    await expect(other.run()).rejects.toMatchObject({ code: 'BUSY' });
    expect((await call).variants[0]?.runs).toMatchObject([{ status: 'finished' }]);
    expect((await other.run()).variants[0]?.runs).toMatchObject([{ status: 'finished' }]);
  });

  it('trains anew what was damaged, and keeps what is left of it', async () => {
    const [name = ''] = await readdir(join(folder, 'once', 'runs'));
    await writeFile(join(folder, 'once', 'runs', name, 'run.json'), '');
    const { finished } = await run({ ...SERIES, variants: { mean: null }, seeds: [1] }, 'once');
    expect(finished).toEqual(['mean 1']);
    expect((await readdir(join(folder, 'once', 'runs'))).sort()).toEqual([name, `${name}.damaged`]);
  });

  it('does the runs once of variants that come to the same', async () => {
    const warning = once(process, 'warning');
    const variants = { mean: null, same: { 'fit.batchSize': 32 }, sum: SERIES.variants.sum };
    const { finished, results } = await run({ ...SERIES, variants, priorities: { sum: 1 }, seeds: [5] }, 'same');
    expect(await warning).toMatchObject([{ message: 'The variants "mean" and "same" are the same.' }]);
    expect(finished).toEqual(['mean 5', 'sum 5']);
    expect(results.variants[1]?.metrics).toEqual(results.variants[0]?.metrics);
  });

  it('ends with the error of a listener that throws', async () => {
    const experiment = await Experiment.plan(SERIES, { out: join(folder, 'listener') });
    const onEvent = ({ type }: ExperimentEvent): void => {
      if (type === 'progress') throw new Error('no more room on the screen');
    };
    await expect(experiment.run({ onEvent })).rejects.toThrow('no more room');
    expect(existsSync(join(folder, 'listener', 'lock'))).toBe(false);
  });

  it('says before the first run what is wrong with the last', async () => {
    const tooWide = { 'inputs.input.shape': [28, 28, 3] };
    const noLayer = { 'nets.net[2]': { dens: { units: 3 } } };
    await expect(run({ ...SERIES, variants: { mean: null, noLayer, tooWide } }, 'wrong')).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/noLayer: nets\.net\[2\]\.dens: .*"dense"[^]*tooWide: .*"input"/) as string,
    });
    await expect(run({ ...SERIES, variants: { mean: null, tooWide } }, 'wrong')).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining('tooWide: ') as string,
    });
    await expect(run({ ...SERIES, metric: 'tset_accuracy' }, 'wrong')).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('did you mean "test_accuracy"?') as string,
    });
    await expect(run(SERIES, 'wrong', availableParallelism() + 1)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(existsSync(join(folder, 'wrong'))).toBe(false);
  });

  it('can be paused and stopped', async () => {
    const stopping = new AbortController();
    const experiment = await Experiment.plan(SERIES, { out: join(folder, 'stopped'), threads: 1 });
    const types: string[] = [];
    const call = experiment.run({
      signal: stopping.signal,
      onEvent: ({ type }) => {
        types.push(type);
        if (type === 'start') experiment.pause();
        if (type === 'finish' && types.filter((one) => one === 'finish').length === 1) {
          setImmediate(() => {
            expect(types.filter((one) => one === 'start')).toHaveLength(1);
            experiment.resume();
          });
        } else if (type === 'progress' && types.includes('finish')) stopping.abort();
      },
    });
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' });
    expect(types.filter((type) => type === 'finish')).toHaveLength(1);
    expect(await experiment.runs()).toHaveLength(4);
    expect((await experiment.runs()).filter(({ isFinished }) => isFinished)).toHaveLength(1);
  });
});

/** The command in a process of its own, with the events that it prints. */
function command(out: string): { child: ChildProcess; events: AsyncIterable<ExperimentEvent> } {
  const child = spawn(process.execPath, [MAIN, 'experiment', 'series.yaml', '--out', out, '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const events = (async function* () {
    for await (const line of lines) yield JSON.parse(line) as ExperimentEvent;
  })();
  return { child, events };
}

describe('the command experiment', () => {
  beforeAll(async () => {
    await writeFile(join(folder, 'series.yaml'), stringify(SERIES));
  });

  it('goes on where it was when it is killed at any moment, and comes to the same results', async () => {
    const undisturbed = await run(SERIES, 'undisturbed');
    const finished: string[] = [];
    let kills = 0;
    // At its first event, its second, ...: as it begins, between start and finish of each run, and as it ends.
    for (let after = 1; ; after++) {
      const { child, events } = command('killed');
      const closed = once(child, 'close');
      let seen = 0;
      let ended = false;
      for await (const event of events) {
        if (event.type === 'finish') finished.push(`${event.variant} ${event.seed}`);
        ended ||= event.type === 'end';
        if (++seen === after && !ended) {
          child.kill('SIGKILL');
          kills++;
        }
      }
      await closed;
      if (ended) break;
    }
    expect(kills).toBeGreaterThanOrEqual(4);
    expect(new Set(finished).size).toBe(finished.length); // none was run again
    const killed = await run(SERIES, 'killed');
    expect(killed.finished).toEqual([]);
    const numbers = ({ results }: typeof killed) =>
      results.variants.map(({ name, metrics, compared }) => [name, metrics, compared]);
    expect(numbers(killed)).toEqual(numbers(undisturbed));
  });

  it('exits with 130 when it is interrupted', async () => {
    const { child, events } = command('interrupted');
    const closed = once(child, 'close');
    for await (const event of events) if (event.type === 'start') child.kill('SIGINT');
    expect((await closed)[0]).toBe(130);
  });

  // A limit on the size of files stands for a full disk: both make a write fail in the middle.
  it.skipIf(process.platform === 'win32')(
    'exits with 1 where a run finds no room, and leaves nothing half done',
    async () => {
      const limited = ['-c', 'ulimit -f 20; exec "$0" "$@"', process.execPath, MAIN];
      const args = ['experiment', 'series.yaml', '--out', 'full', '--threads', '1'];
      const { status, stderr } = spawnSync('bash', [...limited, ...args], { cwd: folder, encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stderr).toMatch(/fail {4}mean, seed 1 {2}OUTPUT_FOLDER: .*can't be written/);
      expect(await readdir(join(folder, 'full', 'runs'))).toEqual([]);
      expect((await run(SERIES, 'full')).finished).toHaveLength(4);
    },
  );
});
