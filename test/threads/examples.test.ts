import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const folder = new URL('../../examples/', import.meta.url);
const examples = readdirSync(folder).filter((file) => /^\d/.test(file));

/** What each prints beside its summary and a line each epoch. */
const expected: Record<string, { out: string[]; notOut?: string; err?: string }> = {
  '1-single.ts': { out: ['cnn1'] },
  '2-mean-of-three.ts': { out: ['cnn1', 'cnn2', 'cnn3', 'inputs input; outputs combined'] },
  '3-mean-of-two-third-unused.ts': { out: ['cnn1', 'cnn2'], notOut: 'cnn3', err: 'No output uses "cnn3"' },
  '4-mean-and-direct.ts': {
    out: ['combined_loss, cnn3_loss, loss, combined_accuracy, cnn3_accuracy, val_combined_loss'],
  },
  '5-own-data.ts': { out: ['upright', 'turned', 'combined'] },
  '6-two-inputs-one-output.ts': { out: ['input1', 'input2', 'combined'] },
  '7-two-inputs-two-outputs.ts': { out: ['input1', 'input2', 'combined'] },
};

describe('examples', () => {
  it('has an expectation for each', () => {
    expect(Object.keys(expected)).toEqual(examples);
  });

  it.concurrent.each(examples)('%s runs to its end on real digits', async (file) => {
    const args = ['--import', 'tsx', file, '--samples', '160', '--epochs', '1'];
    const { stdout, stderr } = await run(process.execPath, args, { cwd: folder });
    const { out = [], notOut, err } = expected[file] ?? {};
    for (const text of out) expect(stdout).toContain(text);
    if (notOut !== undefined) expect(stdout).not.toContain(notOut);
    if (err !== undefined) expect(stderr).toContain(err);
    expect(stdout).toContain('Total params');
    expect(stdout + stderr).toMatch(/loss/);
  });
});
