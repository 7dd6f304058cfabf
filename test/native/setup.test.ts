import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { setupFolder } from '../../src/engines/tfjs/tensorflow/installation.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const UNREACHABLE = 'http://127.0.0.1:9/';

interface Outcome {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `setup tensorflow`; with `killAfter`, until it prints that. */
function setup(args: readonly string[], env: NodeJS.ProcessEnv = {}, killAfter?: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, 'setup', 'tensorflow', ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? null), stdout, stderr });
      },
    );
    child.stdout?.on('data', (text: string) => {
      if (killAfter !== undefined && text.includes(killAfter)) child.kill('SIGKILL');
    });
  });
}

/** What set-ups have left beside the one that works. */
function leftovers(): string[] {
  return readdirSync(dirname(setupFolder())).filter((name) => name.includes('.partial-') || name.includes('.old-'));
}

describe('setup tensorflow', () => {
  it('leaves alone what works, and proves it', async () => {
    const { code, stdout } = await setup([]);
    expect(stdout).toMatch(/^already works: tfjs-node 4\.22\.0, TensorFlow \d+\.\d+\.\d+, Node\.js /);
    expect(code).toBe(0);
  });

  it('names all that is missing before it downloads anything', async () => {
    const { code, stdout, stderr } = await setup(['--force', '--from', 'wheel', '--python', 'no-python'], {
      CXX: 'no-c++',
    });
    expect(stderr).toMatch(
      /^error SETUP_FAILED: This is missing[\s\S]*Python with pip[\s\S]*no-python[\s\S]*C\+\+ compiler/,
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('says so where npm reaches no registry', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'npm-'));
    const env = { npm_config_registry: UNREACHABLE, npm_config_cache: cache };
    const { code, stderr } = await setup(['--force', '--from', 'wheel'], env);
    await rm(cache, { recursive: true });
    expect(stderr).toMatch(/^error SETUP_FAILED: `npm install /);
    expect(code).toBe(1);
    expect(leftovers()).toEqual([]);
  });

  it('says so where pip reaches no index', async () => {
    const env = { PIP_INDEX_URL: UNREACHABLE, PIP_FIND_LINKS: '', PIP_NO_CACHE_DIR: '1' };
    const { code, stderr } = await setup(['--force', '--from', 'wheel'], env);
    expect(stderr).toMatch(/^error SETUP_FAILED: `\S+ -m pip download /);
    expect(code).toBe(1);
    expect(leftovers()).toEqual([]);
  });

  it('refuses a folder that has no libtensorflow', async () => {
    const { code, stderr } = await setup(['--force', '--from', tmpdir()]);
    expect(stderr).toMatch(/^error SETUP_FAILED: Expected .* It needs include\/tensorflow\/c\/c_api\.h/);
    expect(code).toBe(1);
  });

  it('leaves what works as it was when it is killed, and clears up the next time', async () => {
    const killed = await setup(['--force', '--from', 'wheel'], {}, 'with npm');
    expect(killed.code).toBe('SIGKILL');
    expect(leftovers()).toHaveLength(1);
    const { code, stdout } = await setup([]);
    expect(stdout).toMatch(/^already works/);
    expect(code).toBe(0);
    // npm, which outlives the set-up, may write a while longer.
    await expect.poll(async () => (await setup([])).code === 0 && leftovers(), { timeout: 30_000 }).toEqual([]);
  });
});
