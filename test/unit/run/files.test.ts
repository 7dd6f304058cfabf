import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawCurves } from '../../../src/run/curves.js';
import { historyCsv, prepareFolder } from '../../../src/run/files.js';

const history = {
  epoch: [0, 1, 2],
  history: {
    combined_loss: [0.9, 0.5, 0.3],
    loss: [1, 0.6, 0.4],
    combined_accuracy: [0.5, 0.7, 0.9],
    val_loss: [1.1, 0.8, 0.7],
  },
};

describe('historyCsv', () => {
  it('has a row for each epoch, numbers in full', () => {
    expect(historyCsv(history).split('\n')).toEqual([
      'epoch,combined_loss,loss,combined_accuracy,val_loss',
      '1,0.9,1,0.5,1.1',
      '2,0.5,0.6,0.7,0.8',
      '3,0.3,0.4,0.9,0.7',
      '',
    ]);
  });
});

describe('drawCurves', () => {
  const svg = drawCurves('digits', history);

  it('draws each series, validation dashed in the colour of its training curve', () => {
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
    for (const text of ['digits', 'combined_loss', 'combined_accuracy', 'epoch']) expect(svg).toContain(text);
    expect(svg.match(/<path[^>]*stroke="#(4269d0|ff725c)"[^>]*>/g)?.length).toBeGreaterThanOrEqual(4);
    expect(svg.match(/stroke-dasharray="[^"]+"/g)?.length).toBeGreaterThanOrEqual(1);
  });
});

describe('prepareFolder', () => {
  const before = process.cwd();
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-reports-'));
    process.chdir(folder);
  });
  afterEach(async () => {
    process.chdir(before);
    await rm(folder, { recursive: true });
  });

  it('gives each of several runs that start together a folder of its own', async () => {
    const made = await Promise.all([1, 2, 3].map(() => prepareFolder(undefined, 'digits', false)));
    expect(new Set(made).size).toBe(3);
    expect((await readdir('runs')).map((name) => join('runs', name)).sort()).toEqual(made.sort());
    for (const name of made) expect(name).toMatch(/Z-digits(-[23])?$/);
  });

  it('names a place where none can be made', async () => {
    await writeFile('file', '');
    await expect(prepareFolder('file/run', 'digits', true)).rejects.toMatchObject({
      code: 'OUTPUT_FOLDER',
      message: expect.stringContaining('file/run') as string,
    });
  });
});
