import * as tf from '@tensorflow/tfjs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../../src/model/files.js';
import { Ensemble, direct } from '../../../src/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-files-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('readModel', () => {
  it.each([
    ['{"modelTopology": {}, "weightsManifest": {}}', 'weightsManifest'],
    ['{"modelTopology": {}, "weightsManifest": [{"paths": [3], "weights": []}]}', 'weightsManifest[0].paths[0]'],
    ['{"weightsManifest": []}', 'modelTopology'],
    ['null', 'expected object'],
    ['{', 'not JSON'],
  ])('refuses %s', async (text, part) => {
    const file = join(folder, 'model.json');
    await writeFile(file, text);
    await expect(readModel(file)).rejects.toMatchObject({
      code: 'LOAD',
      message: expect.stringContaining(part) as string,
    });
  });
});

describe('save', () => {
  it('names a place that can not be written', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 1 })] });
    const ensemble = new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });
    await expect(ensemble.save(join(file, 'x'))).rejects.toMatchObject({
      code: 'OUTPUT_FOLDER',
      message: expect.stringContaining(join(file, 'x')) as string,
    });
  });
});
