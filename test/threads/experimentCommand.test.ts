import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { TINY } from '../tinyRun.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const ONE = { name: 'one', base: TINY, seeds: [1] };
const WILD = { 'compile.optimizer': { sgd: { learningRate: 1e38 } }, 'fit.epochs': 3 };
const FAILING = { name: 'failing', base: TINY, variants: { mean: null, wild: WILD }, seeds: [1] };
const ENDLESS = { name: 'endless', base: TINY, changes: { 'fit.epochs': 100_000 }, seeds: [1] };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-experiment-command-'));
  for (const series of [ONE, FAILING, ENDLESS]) await writeFile(join(folder, `${series.name}.yaml`), stringify(series));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The real command, in a process of its own. */
function command(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'experiment', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** The command in a shell, where it stands for `"$@"`. */
function shell(line: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', line, 'sh', process.execPath, MAIN, 'experiment', ...args],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

function parsed(stdout: string): { type: string }[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
}

describe('the command experiment', () => {
  it('with --quiet tells only of runs that fail', () => {
    const { status, stdout, stderr } = command('failing.yaml', '--out', 'quiet', '--quiet');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^fail {4}wild, seed 1 {2}LOSS_NOT_FINITE: .* {2}\[\d\/2\]\n$/);
  });

  it('with --json ends with the results', () => {
    const { status, stdout, stderr } = command('failing.yaml', '--out', 'json', '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const events = parsed(stdout);
    expect(events[0]?.type).toBe('begin');
    expect(events.slice(-2)).toMatchObject([
      { type: 'end', finished: 1, failed: 1 },
      {
        type: 'results',
        metrics: expect.arrayContaining(['test_accuracy']) as string[],
        baseline: 'mean',
        variants: [
          { name: 'mean', metrics: { test_accuracy: { n: 1 } }, compared: {}, peakRssBytes: { n: 1 } },
          { name: 'wild', metrics: {}, compared: {}, msPerStep: null, wallMs: null, peakRssBytes: null },
        ],
      },
    ]);
  });

  it('with --dry-run and --json prints the plan, and writes nothing', () => {
    const { status, stdout, stderr } = command('failing.yaml', '--out', 'dry', '--dry-run', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parsed(stdout)).toMatchObject([
      { type: 'plan', baseline: 'mean', runs: [{ variant: 'mean' }, { variant: 'wild', isFinished: false }] },
    ]);
    expect(existsSync(join(folder, 'dry'))).toBe(false);
    expect(command('failing.yaml', '--out', 'dry', '--dry-run', '--quiet')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('with --json prints errors on both outputs', async () => {
    await writeFile(join(folder, 'mistake.yaml'), 'nam: x\n');
    const { status, stdout, stderr } = command('mistake.yaml', '--json');
    expect(status).toBe(2);
    expect(parsed(stdout)).toMatchObject([{ type: 'error', code: 'CONFIG' }]);
    expect(stderr).toMatch(/^error CONFIG: /);
  });
});

describe.skipIf(process.platform === 'win32')('the command experiment, when nobody takes what it prints,', () => {
  it('goes on when its reader has had enough', () => {
    const { stdout, stderr } = shell('"$@" | head -1', 'one.yaml', '--out', 'head', '--json');
    expect(stderr).toBe('');
    expect(parsed(stdout)).toMatchObject([{ type: 'begin', runs: 1 }]);
    expect(existsSync(join(folder, 'head', 'report.html'))).toBe(true);
  });

  it.skipIf(!existsSync('/dev/full'))('goes on where there is no room for it, and says so once', () => {
    const { status, stderr } = shell('"$@" > /dev/full', 'one.yaml', '--out', 'nowhere', '--json');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning: Standard output can't be written: ENOSPC.*\n$/);
    expect(existsSync(join(folder, 'nowhere', 'report.html'))).toBe(true);
    const both = shell('"$@" > /dev/full 2> /dev/full', 'one.yaml', '--out', 'anywhere');
    expect(both.status).toBe(0);
    expect(existsSync(join(folder, 'anywhere', 'report.html'))).toBe(true);
  });

  it('exits with 1 where there is no room for its folder', () => {
    const { status, stderr } = shell('ulimit -f 0; exec "$@"', 'one.yaml', '--out', 'full');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error OUTPUT_FOLDER: .*EFBIG/);
  });
});

describe.skipIf(process.platform === 'win32')('the command experiment, interrupted,', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('exits with 130 by %s while it plans', async (signal) => {
    const pipe = join(folder, `${signal}.yaml`);
    spawnSync('mkfifo', [pipe]);
    const child = spawn(process.execPath, [MAIN, 'experiment', pipe, '--out', 'planned', '--dry-run', '--json']);
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const closed = once(child, 'close');
    const writer = await open(pipe, 'w'); // when it is being read
    child.kill(signal);
    await writer.writeFile(stringify({ ...ONE, seeds: Array.from({ length: 500 }, (_, i) => i) }));
    await writer.close();
    expect((await closed)[0]).toBe(130);
    expect(parsed(told)).toMatchObject([{ type: 'error', code: 'ABORTED' }]);
    expect(existsSync(join(folder, 'planned'))).toBe(false);
  });

  it.skipIf(spawnSync('script', ['--version']).status !== 0)(
    'leaves a terminal in order by a second signal, which ends it at once',
    async () => {
      // The second one comes while the first is being handled: before anything can have ended.
      const twice = join(folder, 'twice.mjs');
      await writeFile(twice, "process.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));\n");
      const line = `exec '${process.execPath}' --import '${pathToFileURL(twice).href}' '${MAIN}' experiment endless.yaml`;
      const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder });
      let told = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const before = told.includes('accuracy');
        told += chunk.toString();
        if (!before && told.includes('accuracy')) child.stdin.write('\x03');
      });
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(130);
      expect(told).toContain('\x1B[?25l\x1B[?7l');
      expect(told.lastIndexOf('\x1B[?25h')).toBeGreaterThan(told.lastIndexOf('\x1B[?25l'));
      expect(told.lastIndexOf('\x1B[?7h')).toBeGreaterThan(told.lastIndexOf('\x1B[?7l'));
      expect(told).not.toContain('finished');
      expect(await readdir(join(folder, 'runs', 'endless', 'runs'))).toEqual([]);
    },
  );
});
