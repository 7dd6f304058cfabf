import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { commandLine, describePlan, experiment } from '../../../src/cli/experiment.js';
import type { EnsembleError } from '../../../src/errors.js';
import { silenceTfjs } from '../../../src/run/processOutput.js';

const SERIES = {
  name: 'tiny',
  base: {
    name: 'tiny',
    data: { digits: { mnist: 'train', limit: 32 } },
    nets: { net: [{ flatten: {} }, { dense: { units: 10, activation: 'softmax' } }] },
    members: { a: { net: 'net' } },
    inputs: { input: { from: 'digits', shape: [28, 28, 1] } },
    outputs: { out: { direct: 'a', target: 'digits' } },
    compile: { optimizer: 'sgd', loss: 'categoricalCrossentropy' },
    fit: { epochs: 1 },
  },
  variants: { one: {}, two: { 'fit.epochs': 2 } },
  seeds: [1, 2],
};

let folder = '';
let file = '';
beforeAll(async () => {
  await silenceTfjs();
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-experiment-'));
  file = join(folder, 'tiny.yaml');
  await writeFile(file, stringify(SERIES));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();

/** What the command prints, and the code that it fails with. */
async function printed(options: Partial<Parameters<typeof experiment>[1]>, of = file) {
  const lines: string[] = [];
  const code = await experiment(of, { out: join(folder, 'out'), signal, ...options }, (line) => lines.push(line)).then(
    () => null,
    (error: unknown) => (error as EnsembleError).code,
  );
  return { lines, code };
}

describe('a dry run', () => {
  it('prints the plan as a line of JSON', async () => {
    const { lines, code } = await printed({ dryRun: true, json: true });
    expect(code).toBe(null);
    const [one, another, two] = ['one', 'one', 'two'].map((variant, i) => ({
      variant,
      seed: 1 + (i % 2),
      changes: variant === 'one' ? {} : { 'fit.epochs': 2 },
      isFinished: false,
      estimatedMs: expect.any(Number) as number,
      estimatedBytes: expect.any(Number) as number,
    }));
    const runs = [one, another, two, { ...two, seed: 2 }];
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { type: 'plan', baseline: 'one', folder: join(folder, 'out'), runs },
    ]);
  });

  it('prints how many runs there are, what they need and where they go', async () => {
    const { lines } = await printed({ dryRun: true });
    expect(lines.slice(0, 2)).toEqual(['one: seeds 1, 2', 'two: seeds 1, 2  fit.epochs=2']);
    expect(lines[2]).toMatch(/^4 runs in total; estimated \d+ s on one core, and at most \d+ MB for a run$/);
    expect(lines[3]).toMatch(/^baseline: one; results go into .*out$/);
  });

  it('prints nothing when it is to be quiet', async () => {
    expect(await printed({ dryRun: true, quiet: true })).toEqual({ lines: [], code: null });
  });

  it('counts what is there already, and the needs of the rest', () => {
    const run = { variant: 'one', changes: {}, isFinished: false, estimatedMs: 40_000, estimatedBytes: 2e8 };
    const runs = [
      { ...run, seed: 1, isFinished: true, estimatedBytes: 9e8 },
      { ...run, seed: 2 },
      { ...run, seed: 3 },
    ];
    expect(describePlan(runs, 'one', '/tmp')).toContain(
      '3 runs in total, 1 already finished; estimated 1 min 20 s on one core, and at most 200 MB for a run',
    );
    expect(describePlan(runs.slice(0, 1), 'one', '/tmp')).toContain('1 run in total, 1 already finished');
  });
});

describe('errors before the first run', () => {
  it('are a line of JSON too', async () => {
    const { lines, code } = await printed({ json: true }, join(folder, 'missing.yaml'));
    expect(code).toBe('CONFIG');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { type: 'error', code: 'CONFIG', message: expect.stringContaining('missing.yaml') as string },
    ]);
    expect(await printed({}, join(folder, 'missing.yaml'))).toEqual({ lines: [], code: 'CONFIG' });
  });

  it('come of an interruption while planning, also in a dry run', async () => {
    const aborted = AbortSignal.abort();
    expect(await printed({ signal: aborted, dryRun: true })).toEqual({ lines: [], code: 'ABORTED' });
    const { lines, code } = await printed({ signal: aborted, json: true });
    expect(code).toBe('ABORTED');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ type: 'error', code: 'ABORTED' }]);
  });
});

describe('the command that results name', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('has what decides about the results, in quotes where a shell needs them', () => {
    vi.stubEnv('npm_lifecycle_event', '');
    expect(commandLine('experiments/a.yaml', {})).toBe('npx tfjs-ensemble experiment experiments/a.yaml');
    expect(commandLine('my series.yaml', { out: "it's", threads: 2 })).toBe(
      String.raw`npx tfjs-ensemble experiment 'my series.yaml' --out 'it'\''s' --threads 2`,
    );
    vi.stubEnv('npm_lifecycle_event', 'experiment');
    expect(commandLine('a.yaml', { out: '$HOME' })).toBe("npm run experiment -- a.yaml --out '$HOME'");
  });
});
