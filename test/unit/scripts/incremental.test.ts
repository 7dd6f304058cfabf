import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildChanged, type Part } from '../../../scripts/incremental.js';

/** Copies a folder's files into another in capitals. As a compiler does, it removes nothing, and stops at an error. */
const COMPILER = `
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
const [from, to] = process.argv.slice(2);
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from).sort()) {
  const text = readFileSync(from + '/' + name, 'utf8');
  if (text === 'error') process.exit(3);
  if (text === 'edit') writeFileSync(from + '/' + name, 'edited');
  if (text === 'hang') { process.stdout.write('hangs'); setInterval(() => {}, 1000); break; }
  const copied = text === 'list' ? readdirSync(to).sort().join(' ') : text;
  writeFileSync(to + '/' + name, copied.toUpperCase());
}
`;

const PARTS: Part[] = [
  {
    name: 'generated',
    command: ['compile.mjs', 'grammar', 'src'],
    sources: ['grammar'],
    tools: ['compile.mjs', 'versions.json'],
    outputs: ['src/rules.txt'],
  },
  {
    name: 'program',
    command: ['compile.mjs', 'src', 'out'],
    sources: ['src'],
    tools: ['compile.mjs', 'versions.json'],
    outputs: ['out', '!out/page'],
  },
  {
    name: 'page',
    command: ['compile.mjs', 'page', 'out/page'],
    sources: ['page', '!page/notes'],
    tools: ['compile.mjs', 'versions.json'],
    outputs: ['out/page'],
  },
];

const SOURCES = {
  'compile.mjs': COMPILER,
  'grammar/rules.txt': 'rules',
  'page/index.txt': 'index',
  'src/a.txt': 'aaa',
  'src/b.txt': 'bbb',
  'versions.json': '1',
};

let root = '';
const at = (name: string): string => path.join(root, name);

async function write(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(at(name)), { recursive: true });
  await writeFile(at(name), text);
}

/** The parts that were built. */
async function build(parts = PARTS): Promise<string[]> {
  const built: string[] = [];
  await buildChanged({ root, cache: at('cache'), parts, onBuild: (part) => built.push(part) });
  return built;
}

/** The files of `out` with their texts. */
async function outputs(): Promise<Record<string, string>> {
  const entries = await readdir(at('out'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  const texts = files.map(async (file) => [path.relative(at('out'), file), await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

const BUILT = { 'a.txt': 'AAA', 'b.txt': 'BBB', 'page/index.txt': 'INDEX', 'rules.txt': 'RULES' };

let template = '';
beforeAll(async () => {
  template = root = await mkdtemp(path.join(tmpdir(), 'tfjs-ensemble-build-'));
  for (const [name, text] of Object.entries(SOURCES)) await write(name, text);
  expect(await build()).toEqual(['generated', 'program', 'page']);
});
afterAll(async () => {
  await rm(template, { recursive: true, force: true });
});
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'tfjs-ensemble-build-'));
  await cp(template, root, { recursive: true });
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

it('builds nothing again where nothing changed', async () => {
  expect(await outputs()).toEqual(BUILT);
  expect(await build()).toEqual([]);
});

describe('a source', () => {
  it('that changed has its part built, and no other', async () => {
    await write('src/a.txt', 'new');
    expect(await build()).toEqual(['program']);
    expect(await outputs()).toEqual({ ...BUILT, 'a.txt': 'NEW' });
    expect(await build()).toEqual([]);
  });

  it('that changed is built beside the last outputs', async () => {
    await write('src/a.txt', 'list');
    expect(await build()).toEqual(['program']);
    expect(await outputs()).toEqual({ ...BUILT, 'a.txt': 'A.TXT B.TXT PAGE RULES.TXT' });
  });

  it('that is new is built', async () => {
    await write('page/more.txt', 'more');
    expect(await build()).toEqual(['page']);
    expect(await outputs()).toEqual({ ...BUILT, 'page/more.txt': 'MORE' });
  });

  it('that was deleted leaves no output', async () => {
    await rm(at('src/b.txt'));
    expect(await build()).toEqual(['program']);
    expect(await outputs()).toEqual({ 'a.txt': 'AAA', 'page/index.txt': 'INDEX', 'rules.txt': 'RULES' });
  });

  it('that changed is noticed where its time and size did not', async () => {
    const { atime, mtime } = await stat(at('src/a.txt'));
    await write('src/a.txt', 'new');
    await utimes(at('src/a.txt'), atime, mtime);
    expect(await build()).toEqual(['program']);
  });

  it('whose time alone changed is not built', async () => {
    await utimes(at('src/a.txt'), 0, 0);
    expect(await build()).toEqual([]);
  });

  it('that is left out of a folder does not count', async () => {
    await write('page/notes/idea.txt', 'idea');
    expect(await build()).toEqual([]);
  });

  it('that an earlier part writes is built by the later part', async () => {
    await write('grammar/rules.txt', 'other');
    expect(await build()).toEqual(['generated', 'program']);
    expect(await outputs()).toEqual({ ...BUILT, 'rules.txt': 'OTHER' });
  });
});

describe('an output', () => {
  it('that was edited is written again', async () => {
    const { atime, mtime } = await stat(at('out/a.txt'));
    await write('out/a.txt', 'BAD');
    await utimes(at('out/a.txt'), atime, mtime);
    expect(await build()).toEqual(['program']);
    expect(await outputs()).toEqual(BUILT);
  });

  it('that was deleted is written again', async () => {
    await rm(at('out/page/index.txt'));
    expect(await build()).toEqual(['page']);
    expect(await outputs()).toEqual(BUILT);
  });

  it('that no build wrote is removed', async () => {
    await write('out/old/foreign.txt', 'FOREIGN');
    expect(await build()).toEqual(['program']);
    expect(await outputs()).toEqual(BUILT);
  });

  it('that the program does not write is an error', async () => {
    const parts = PARTS.map((part) => ({ ...part, outputs: [...part.outputs, 'out/map.txt'] }));
    await expect(build(parts)).rejects.toThrow('The build of generated did not write out/map.txt');
  });
});

describe('a tool', () => {
  it('of another version builds all that it makes', async () => {
    await write('versions.json', '2');
    expect(await build()).toEqual(['generated', 'program', 'page']);
    expect(await build()).toEqual([]);
  });

  it('that changed starts from no outputs', async () => {
    await write('compile.mjs', COMPILER.replace('.sort()', ".filter((name) => name !== 'b.txt')"));
    expect(await build()).toEqual(['generated', 'program', 'page']);
    expect(await outputs()).toEqual({ 'a.txt': 'AAA', 'page/index.txt': 'INDEX', 'rules.txt': 'RULES' });
  });

  it('with another command builds its part', async () => {
    const parts = PARTS.map((part) => ({ ...part, command: ['--no-warnings', ...part.command] }));
    expect(await build([...PARTS.slice(0, 2), ...parts.slice(2)])).toEqual(['page']);
  });
});

describe('a build that does not come to its end', () => {
  it('says so, and is made again', async () => {
    await write('src/a.txt', 'new');
    await write('src/b.txt', 'error');
    await expect(build()).rejects.toThrow('The build of program ended with exit code 3');
    await write('src/a.txt', SOURCES['src/a.txt']);
    await write('src/b.txt', SOURCES['src/b.txt']);
    expect(await build()).toEqual(['program']);
    expect(await outputs()).toEqual(BUILT);
  });

  it('before a source changes again is made again', async () => {
    await write('src/a.txt', 'edit');
    expect(await build()).toEqual(['program']);
    await write('src/a.txt', 'edit');
    expect(await build()).toEqual(['program']);
  });

  it('leaves a generated source where it is', async () => {
    await write('grammar/rules.txt', 'error');
    await write('versions.json', '2');
    await expect(build()).rejects.toThrow('The build of generated ended with exit code 3');
    expect(await readFile(at('src/rules.txt'), 'utf8')).toBe('RULES');
  });

  it('because it was killed is made again', async () => {
    await write('src/a.txt', 'new');
    await write('src/b.txt', 'hang');
    const script = `
      import { buildChanged } from ${JSON.stringify(new URL('../../../scripts/incremental.js', import.meta.url).href)};
      await buildChanged({ ...${JSON.stringify({ root, cache: at('cache'), parts: PARTS })}, onBuild() {} });`;
    const killed = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(killed.stdout, 'data');
    process.kill(-Number(killed.pid), 'SIGKILL');
    await once(killed, 'exit');
    expect(await readFile(at('out/a.txt'), 'utf8')).toBe('NEW');

    await write('src/a.txt', SOURCES['src/a.txt']);
    await write('src/b.txt', SOURCES['src/b.txt']);
    // A lock that nobody renewed for a time is given up.
    expect(existsSync(at('cache.lock'))).toBe(true);
    await utimes(at('cache.lock'), 0, 0);
    expect(await build()).toEqual(['program']);
    expect(await outputs()).toEqual(BUILT);
  });
});

it('builds once where two builds start together', async () => {
  await write('src/a.txt', 'new');
  const built = await Promise.all([build(), build()]);
  expect(built.flat()).toEqual(['program']);
  expect(await outputs()).toEqual({ ...BUILT, 'a.txt': 'NEW' });
});
