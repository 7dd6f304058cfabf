import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyDiff, readBlocks, readTable, type Block } from './extendingPage.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Builds of the whole package, and tests of their own. */
const TIMEOUT = 600_000;
/** Tests of all things of a kind. */
const LAWS = [
  'test/unit/train/losses/losses.test.ts',
  'test/unit/merge/laws.test.ts',
  'test/unit/engines/wasm/blockUpdate.test.ts',
  'test/unit/engines/wasm/kernels/twins.test.ts',
  'test/unit/scripts/reference.test.ts',
];

const page = await readFile(join(ROOT, 'docs/extending.md'), 'utf8');
const blocks = readBlocks(page);
const [configuration] = blocks.filter(({ language }) => language === 'yaml');
const programs = blocks.filter(({ language }) => language === 'js');
const changes = blocks.filter(({ language }) => language === 'ts' || language === 'diff');

async function run(folder: string, ...command: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...command], { cwd: folder, env: environment() });
    return stdout;
  } catch (error) {
    const { message, stdout = '' } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}

/** Vitest in a child process must not take itself for a part of this one. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
}

async function write(folder: string, { file, text }: Pick<Block, 'file' | 'text'>): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

/** The repository as it is built here, without what Git ignores and without the documentation. */
async function copyRepository(to: string): Promise<void> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', list, { cwd: ROOT, maxBuffer: 1 << 26 });
  const names = new Set(stdout.split('\0').map((file) => file.split('/')[0] ?? ''));
  const copied = [...names, 'dist'].filter((name) => name !== '' && name !== 'docs');
  await Promise.all(copied.map((name) => cp(join(ROOT, name), join(to, name), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(to, 'node_modules'));
}

describe('the table', () => {
  const table = readTable(page);

  it('has a row for each section with code', () => {
    expect(table.map(({ kind }) => kind)).toEqual([...new Set(changes.map(({ kind }) => kind))]);
  });

  it.each(table)('has the files that $kind touches', ({ kind, files, kernels, lines, tests }) => {
    const own = changes.filter((block) => block.kind === kind);
    const isTest = ({ file }: Block): boolean => file.startsWith('test/');
    const isKernel = ({ file }: Block): boolean => file.startsWith('kernels/');
    const sources = own.filter((block) => !isTest(block) && !isKernel(block));
    const names = (some: readonly Block[]): string[] => some.map(({ file }) => file).sort();
    expect(names(own.filter(isTest))).toEqual([...tests].sort());
    expect(names(own.filter(isKernel))).toEqual([...kernels].sort());
    expect(names(sources.filter(({ language }) => language === 'ts'))).toEqual(files);
    expect(names(sources.filter(({ language }) => language === 'diff'))).toEqual([...lines].sort());
    expect(files.length).toBeLessThanOrEqual(1);
    if (kind === 'option of `fit`') return;
    const [line, ...others] = sources.filter(({ language }) => language === 'diff');
    expect(others).toEqual([]);
    expect(line?.text).toMatch(/^\+export .*\n$/);
  });
});

describe('in a copy of the repository', () => {
  let copy = '';

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-extending-'));
    await copyRepository(copy);
    for (const block of changes) {
      if (block.language === 'diff') {
        const before = await readFile(join(copy, block.file), 'utf8');
        await write(copy, { file: block.file, text: applyDiff(before, block.text) });
      } else await write(copy, block);
    }
    await mkdir(join(copy, 'docs'));
    await run(copy, 'node_modules/tsx/dist/cli.mjs', 'scripts/write-reference.js');
    await run(copy, 'scripts/build-kernels.js');
    await run(copy, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  }, TIMEOUT);

  afterAll(async () => {
    await rm(copy, { recursive: true, force: true });
  });

  it.concurrent(
    'the tests of the new things pass, and those of all things of their kinds',
    async () => {
      const tests = changes.map(({ file }) => file).filter((file) => file.endsWith('.test.ts'));
      const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--project', 'threads'];
      await run(copy, ...vitest, ...tests, ...LAWS);
    },
    TIMEOUT,
  );

  it.concurrent(
    'the new tests have the right types',
    async () => {
      const files = changes.map(({ file }) => file).filter((file) => file.startsWith('test/'));
      const settings = { extends: './tsconfig.json', files, include: ['src/**/*.d.ts'] };
      await write(copy, { file: 'tsconfig.new.json', text: JSON.stringify(settings) });
      await run(copy, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.new.json');
    },
    TIMEOUT,
  );

  it.concurrent(
    'the command trains with all of them',
    async () => {
      if (configuration === undefined) throw new Error('The page has no configuration');
      await write(copy, configuration);
      const train = ['dist/cli/main.js', 'train', '--config', configuration.file];
      await run(copy, ...train, '--out', 'run', '--engine', 'wasm', '--quiet');
      const { history } = JSON.parse(await readFile(join(copy, 'run', 'history.json'), 'utf8')) as {
        history: Record<string, number[]>;
      };
      const { loss = [], precision = [], val_precision: validated = [] } = history;
      // The callback has stopped the training early, and every second epoch was validated.
      expect(loss.length).toBeLessThan(50);
      expect(loss.findIndex((value) => value <= 0.1)).toBe(loss.length - 1);
      expect(validated).toHaveLength(Math.floor(loss.length / 2));
      expect(precision.at(-1)).toBeGreaterThan(0.9);
    },
    TIMEOUT,
  );
});

describe("a user's program", () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-own-'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(ROOT, join(folder, 'node_modules', 'tfjs-ensemble'));
    await symlink(join(ROOT, 'node_modules', '@tensorflow'), join(folder, 'node_modules', '@tensorflow'));
    await write(folder, { file: 'package.json', text: '{ "type": "module" }' });
    for (const program of programs) await write(folder, program);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('trains, saves and loads with things of its own', async () => {
    const output = await run(folder, 'program.js');
    const { epochs, loss, near } = JSON.parse(output.slice(output.indexOf('{'))) as Record<string, number>;
    expect(epochs).toBeLessThan(200);
    expect(loss).toBeLessThan(0.1);
    expect(near).toBeGreaterThan(0.9);
  });

  it('is told to name its module where the threads do not know a name', async () => {
    const text = programs.find(({ file }) => file === 'program.js')?.text.replace('\n  setup,', '') ?? '';
    await write(folder, { file: 'forgotten.js', text });
    await expect(run(folder, 'forgotten.js')).rejects.toThrow(/SETUP_MODULE/);
  });
});
