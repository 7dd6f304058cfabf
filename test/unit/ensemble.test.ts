import * as tf from '@tensorflow/tfjs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { direct, Ensemble, mean } from '../../src/index.js';

/** What needs no thread. */
const net = () =>
  tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] }), tf.layers.dense({ units: 2 })] });
const make = () => {
  const members = { a: { model: net() }, b: { model: net() } };
  return { members, ensemble: new Ensemble({ members, outputs: { m: mean(['a', 'b']) } }) };
};
const compile = { optimizer: 'adam', loss: 'meanSquaredError' } as const;

describe('an ensemble', () => {
  it.each<[unknown, string, string]>([
    [undefined, 'INVALID_OPTION', 'undefined'],
    [{ members: {}, output: {} }, 'INVALID_OPTION', '"output"; did you mean "outputs"?'],
    [{ members: { a: { model: net() } } }, 'NO_OUTPUTS', '`outputs`'],
    [{ outputs: { a: direct('a') } }, 'NO_MEMBERS', '`members`'],
    [{ members: {}, outputs: {}, setup: 3 }, 'INVALID_OPTION', '`setup`'],
  ])('is not made of %j', (spec, code, part) => {
    const construct = () => new Ensemble(spec as never);
    expect(construct).toThrow(expect.objectContaining({ code }) as Error);
    expect(construct).toThrow(part);
  });

  it('is planned anew by compile: with the layers that are frozen then', () => {
    const { ensemble, members } = make();
    const frozen = () => ensemble.plan.members[0]?.weights.filter(({ trainable }) => !trainable).length;
    for (const layer of members.a.model.layers.slice(0, 1)) layer.trainable = false;
    expect(frozen()).toBe(0);
    ensemble.compile(compile);
    expect(frozen()).toBe(2);
  });

  it('keeps its plan where compile is refused', () => {
    const { ensemble, members } = make();
    const { plan } = ensemble;
    members.a.model.add(tf.layers.dense({ units: 5 }));
    expect(() => {
      ensemble.compile(compile);
    }).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }) as Error);
    expect(ensemble.plan).toBe(plan);
  });

  it('says that it can not be saved in a place, and that a saved one is spoilt', async () => {
    const { ensemble } = make();
    await expect(ensemble.save('/dev/null/x')).rejects.toMatchObject({ code: 'OUTPUT_FOLDER' });
    const folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-'));
    ensemble.compile(compile);
    await ensemble.save(folder);
    const file = join(folder, 'ensemble.json');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"adam"', '"foo"'));
    await expect(Ensemble.load(folder)).rejects.toMatchObject({
      code: 'LOAD',
      message: expect.stringContaining('"foo"') as string,
    });
    await rm(folder, { recursive: true });
  });
});
