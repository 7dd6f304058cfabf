import * as tf from '@tensorflow/tfjs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnsemble } from '../../../src/assemble/saved.js';
import { Ensemble, adam, direct, mean, sgd, weightedMean } from '../../../src/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-assemble-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const dense = (name: string, more: { inputShape?: number[]; activation?: 'softmax' } = {}) =>
  tf.layers.dense({ name, units: 3, ...more });

/** A nested model whose `trainable: false` puts its weights behind the others in `weights`, all of the same shapes. */
function nested({ frozen = false, outer = 'dense' } = {}): tf.LayersModel {
  const base = tf.sequential({ name: 'base', layers: [dense('dense', { inputShape: [3] })] });
  const input = tf.input({ shape: [3] });
  const hidden = dense(outer).apply(base.apply(input));
  const model = tf.model({ inputs: input, outputs: dense('last', { activation: 'softmax' }).apply(hidden) as never });
  base.trainable = !frozen;
  return model;
}

function predictions(model: tf.LayersModel): Float32Array {
  const x = tf.tensor2d([1, 2, 3, -1, 0, 1], [2, 3]);
  return (model.predict(x) as tf.Tensor).dataSync<'float32'>();
}

const kernel = (model: tf.LayersModel): Float32Array | undefined =>
  model.getLayer('base').getWeights()[0]?.dataSync<'float32'>();

async function savedAndLoaded(ensemble: Ensemble, name: string): Promise<Ensemble> {
  await ensemble.save(join(folder, name));
  return Ensemble.load(join(folder, name));
}

describe('a nested model that is frozen', () => {
  const ensemble = (model: tf.LayersModel) => new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });

  it('keeps its weights and stays frozen in the assembled model', () => {
    const model = nested({ frozen: true });
    const assembled = ensemble(model).toModel();
    expect(predictions(assembled)).toEqual(predictions(model));
    expect(assembled.trainableWeights).toHaveLength(4);
  });

  it('is drawn with the same weights as one that is not', () => {
    const [frozen, trained] = [nested({ frozen: true }), nested()];
    for (const model of [frozen, trained]) ensemble(model).initialize(3);
    expect(kernel(frozen)).toEqual(kernel(trained));
    expect(predictions(frozen)).toEqual(predictions(trained));
  });

  it('is so after save and load, as is a whole member', async () => {
    const whole = nested();
    whole.trainable = false;
    const members = { a: { model: nested({ frozen: true }) }, b: { model: whole }, c: { model: nested() } };
    const made = new Ensemble({ members, outputs: { all: mean(['a', 'b', 'c']) } });
    const loaded = await savedAndLoaded(made, 'frozen');
    expect(loaded.plan.members.map(({ weights }) => weights)).toEqual(made.plan.members.map(({ weights }) => weights));
    expect(predictions(loaded.toModel())).toEqual(predictions(made.toModel()));
  });
});

describe('names of layers', () => {
  it('that stand twice within a member, or look like those of the assembled model, come back from a file', async () => {
    const model = tf.sequential({
      layers: [dense('a/dense', { inputShape: [3] }), nested(), dense('dense', { activation: 'softmax' })],
    });
    const made = new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });
    const loaded = await savedAndLoaded(made, 'names');
    expect(loaded.plan.members[0]?.weights).toEqual(made.plan.members[0]?.weights);
    expect(predictions(loaded.toModel())).toEqual(predictions(made.toModel()));
  });

  it('of a weighted mean can be no name of an output', () => {
    const members = { a: { model: nested() }, b: { model: nested() } };
    const outputs = { m: weightedMean(['a', 'b'], [1, 2]), m_weight_a: direct('a') };
    expect(new Ensemble({ members, outputs }).toModel().outputNames).toEqual(['m', 'm_weight_a']);
  });

  it('get the member and the path where they stand twice', () => {
    const model = new Ensemble({ members: { a: { model: nested() } }, outputs: { a: direct('a') } }).toModel();
    const names = [...new Set(model.weights.map(({ originalName }) => originalName.replace(/\/[a-z]+$/, '')))];
    expect(names).toEqual(['a/base/dense', 'a/dense', 'last']);
  });
});

describe('optimizers after save and load', () => {
  it('are those of compile, where a member has none of its own: another compile changes the first, not the second', async () => {
    const members = { a: { model: nested() }, b: { model: nested(), optimizer: sgd({ momentum: 0.9 }) } };
    const made = new Ensemble({ members, outputs: { a: direct('a'), b: direct('b') } });
    made.compile({ optimizer: adam({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    await made.save(join(folder, 'optimizers'));
    const { members: read, compile } = await readEnsemble(join(folder, 'optimizers'));
    expect(compile?.optimizer).toEqual(adam({ learningRate: 0.1 }));
    expect(read['a']?.optimizer).toBeUndefined();
    expect(read['b']?.optimizer).toEqual(sgd({ momentum: 0.9 }));
  });
});

describe('a file that was changed', () => {
  it.each([
    ['merge', '"direct"', '"median"', 'to be a merge'],
    ['loss', '"meanSquaredError"', '"meanError"', 'loss of output "a"'],
    ['output', '"objectives"', '"objectives": {}, "former"', 'no value for the outputs "a"'],
  ])('is refused, naming the %s', async (_what, from, to, part) => {
    const made = new Ensemble({ members: { a: { model: nested() } }, outputs: { a: direct('a') } });
    made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await made.save(join(folder, 'changed'));
    const file = join(folder, 'changed', 'ensemble.json');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(from, to));
    await expect(Ensemble.load(join(folder, 'changed'))).rejects.toMatchObject({
      code: 'LOAD',
      message: expect.stringContaining(part) as string,
    });
  });
});
