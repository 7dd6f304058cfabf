import * as tf from '@tensorflow/tfjs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/experiment/identity.js';
import { writeModel } from '../../../src/model/files.js';
import { buildRun } from '../../../src/config/build.js';
import { checkConfig } from '../../../src/config/config.js';
import { resolveRun } from '../../../src/config/resolve.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-identity-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const BASE = {
  name: 'x',
  data: { digits: { mnist: 'test', limit: 32 }, other: { mnist: 'test', limit: 8 } },
  nets: { net: [{ flatten: {} }, { dense: { units: 10, activation: 'softmax' } }] },
  members: { a: { net: 'net' }, b: { net: 'net' } },
  inputs: { input: { from: 'digits', shape: [28, 28, 1] } },
  outputs: { combined: { mean: ['a', 'b'], target: 'digits' } },
  compile: { optimizer: 'adam', loss: 'categoricalCrossentropy' },
};

async function identity(change: object = {}): Promise<string> {
  const { value, problems } = checkConfig({ ...BASE, ...change });
  if (value === null) throw new Error(problems.join());
  const built = await buildRun(value);
  return identityOf(resolveRun(value, built).config, built, new WeakMap());
}

describe('the identity of a run', () => {
  it.each<[string, object]>([
    ['its name', { name: 'y' }],
    ['its threads', { fit: { threads: 1 } }],
    ['the order of options', { nets: { net: [{ flatten: {} }, { dense: { activation: 'softmax', units: 10 } }] } }],
    ['defaults that are written out', { fit: { shuffle: true, batchSize: 32 } }],
    ['an empty list of callbacks', { callbacks: [] }],
    ['the way in which its data is written', { data: { digits: { mnist: { split: 'test', limit: 32 } } } }],
    ['nets that no member uses', { nets: { ...BASE.nets, spare: [{ flatten: {} }] } }],
    [
      'the names of data sets',
      {
        data: { renamed: BASE.data.digits },
        inputs: { input: { from: 'renamed', shape: [28, 28, 1] } },
        outputs: { combined: { mean: ['a', 'b'], target: 'renamed' } },
      },
    ],
  ])('does not depend on %s', async (_what, change) => {
    expect(await identity(change)).toBe(await identity());
  });

  it.each<[string, object]>([
    ['the seed', { fit: { seed: 1 } }],
    ['the data', { data: { ...BASE.data, digits: { mnist: 'test', limit: 32, skip: 1 } } }],
    ['whether there is a test', { evaluate: { on: 'other' } }],
    ['the merge', { outputs: { combined: { sum: ['a', 'b'], target: 'digits' } } }],
    ['the order of what is merged', { outputs: { combined: { mean: ['b', 'a'], target: 'digits' } } }],
    ['an option of a layer', { nets: { net: [{ flatten: {} }, { dense: { units: 10, activation: 'sigmoid' } }] } }],
    ['the engine', { fit: { engine: 'tfjs' } }],
    ['callbacks', { callbacks: [{ csvLogger: { filename: 'log.csv' } }] }],
    ['the optimizer', { compile: { ...BASE.compile, optimizer: { adam: { learningRate: 0.01 } } } }],
  ])('depends on %s', async (_what, change) => {
    expect(await identity(change)).not.toBe(await identity());
  });

  it('does not depend on whether options of a callback are left out or are the defaults', async () => {
    const short = await identity({ callbacks: [{ csvLogger: { filename: 'log.csv' } }] });
    const whole = { separator: ',', append: false, filename: 'log.csv' };
    expect(await identity({ callbacks: [{ csvLogger: whole }] })).toBe(short);
    expect(await identity({ callbacks: [{ csvLogger: { ...whole, append: true } }] })).not.toBe(short);
  });

  it('depends on what a model is that training starts from, not on where it lies', async () => {
    const model = (activation: 'relu' | 'tanh'): tf.Sequential =>
      tf.sequential({
        layers: [
          tf.layers.flatten({ inputShape: [28, 28, 1], name: 'flatten' }),
          tf.layers.dense({ units: 4, activation, kernelInitializer: 'ones', name: 'hidden' }),
          tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: 'ones', name: 'last' }),
        ],
      });
    const at = (path: string): Promise<string> =>
      identity({ members: { a: { model: join(folder, path, 'model.json') }, b: { net: 'net' } } });
    await writeModel(join(folder, 'old'), model('relu'));
    const before = await at('old');
    await mkdir(join(folder, 'elsewhere'));
    await rename(join(folder, 'old'), join(folder, 'elsewhere', 'old'));
    expect(await at('elsewhere/old')).toBe(before);
    await writeModel(join(folder, 'tanh'), model('tanh')); // of the same weights
    expect(await at('tanh')).not.toBe(before);
  });
});
