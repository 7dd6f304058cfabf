import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Callback, Training } from '../../../src/callbacks/callback.js';
import { csvLogger } from '../../../src/callbacks/index.js';
import { createCallbacks } from '../../../src/callbacks/registry.js';

/** The logger does nothing to the training. */
const training = {} as Training;

describe('csvLogger', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'csv-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function log(options: Parameters<typeof csvLogger>[0], epochs: readonly Record<string, number>[]) {
    const [callback] = createCallbacks([csvLogger(options)], { folder }) as [Callback];
    await callback.onTrainBegin?.(epochs.length, training);
    for (const [epoch, scores] of epochs.entries()) await callback.onEpochEnd?.(epoch, scores);
    return readFile(join(folder, 'log.csv'), 'utf8');
  }
  const epochs = [
    { loss: 0.5, accuracy: 0.25 },
    { loss: 1e-7, accuracy: 1 },
  ];

  it('writes a header, and a line for each epoch with its scores in alphabetical order, as Keras does', async () => {
    expect(await log({ filename: 'log.csv' }, epochs)).toBe('epoch,accuracy,loss\n0,0.25,0.5\n1,1,1e-7\n');
  });

  it('replaces a file, or adds to it without a second header', async () => {
    await writeFile(join(folder, 'log.csv'), 'old\n');
    await log({ filename: 'log.csv' }, epochs.slice(0, 1));
    const added = await log({ filename: 'log.csv', append: true, separator: ';' }, epochs.slice(1));
    expect(added).toBe('epoch,accuracy,loss\n0,0.25,0.5\n0;1;1e-7\n');
    await rm(join(folder, 'log.csv'));
    expect(await log({ filename: 'log.csv', append: true }, epochs)).toContain('epoch,accuracy,loss\n');
  });

  it('quotes what would break a line', async () => {
    expect(await log({ filename: 'log.csv' }, [{ 'a,"b"': 1 }])).toBe('epoch,"a,""b"""\n0,1\n');
  });

  it('names the file that can not be written', async () => {
    await expect(log({ filename: 'no/log.csv' }, epochs)).rejects.toMatchObject({
      code: 'OUTPUT_FOLDER',
      message: expect.stringContaining('log.csv') as string,
    });
  });

  it('needs a file name', () => {
    expect(() => csvLogger({} as never)).toThrow('`filename`');
    expect(() => csvLogger({ filename: 3 } as never)).toThrow('Expected `filename` to be a path. Received: 3');
  });
});

describe('createCallbacks', () => {
  it('keeps objects as they are and refuses plain data of an unknown name', () => {
    const own: Callback = { onEpochEnd: () => undefined };
    expect(createCallbacks([own])).toEqual([own]);
    expect(() => createCallbacks([{ callback: 'csvloger' }])).toThrow('did you mean "csvLogger"');
  });
});
