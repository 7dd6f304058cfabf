import * as tf from '@tensorflow/tfjs';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  adam,
  concatenate,
  direct,
  Ensemble,
  maximum,
  mean,
  minimum,
  product,
  sgd,
  sum,
  weightedMean,
  type MergeSpec,
} from 'tfjs-ensemble';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cnn, digits, setTrap } from './helpers.js';

const run = promisify(execFile);
/** Outputs are computed by the wasm backend in threads and by the JavaScript one here. */
const TOLERANCE = 1e-6;
const data = await digits(40);

const merges: Record<string, MergeSpec<'a' | 'b'>> = {
  mean: mean(['a', 'b']),
  'weighted mean': weightedMean(['a', 'b'], [3, 1]),
  sum: sum(['a', 'b']),
  product: product(['a', 'b']),
  maximum: maximum(['a', 'b']),
  minimum: minimum(['a', 'b']),
  concatenate: concatenate(['a', 'b']),
  'mean of one': mean(['a']),
};

let folder = '';
beforeAll(async () => {
  setTrap('none');
  folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-model-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function expectClose(received: ArrayLike<number> | undefined, expected: ArrayLike<number>): void {
  expect(received).toHaveLength(expected.length);
  for (const [i, value] of Array.from(expected).entries())
    expect(Math.abs((received?.[i] ?? NaN) - value)).toBeLessThan(TOLERANCE);
}

const ones = { data: new Float32Array(784).fill(1), shape: [1, 28, 28, 1] };

describe('the assembled model', () => {
  it.each(Object.entries(merges))(
    'with a %s loads in a program that has only tfjs, and predicts as the threads do',
    async (name, merge) => {
      await using ensemble = new Ensemble({
        members: { a: { model: cnn('a1') }, b: { model: cnn('b2') } },
        outputs: { merged: merge },
      });
      ensemble.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
      const size = name === 'concatenate' ? 20 : 10;
      const targets = { data: new Float32Array(40 * size).fill(0.1), shape: [40, size] };
      await ensemble.fit(data.x, targets, { batchSize: 16 });
      const target = join(folder, name.replaceAll(' ', '-'));
      await ensemble.save(target);
      const { merged } = await ensemble.predict(ones);
      const program = fileURLToPath(new URL('./loadAndPredict.js', import.meta.url));
      const { stdout } = await run(process.execPath, [program, join(target, 'model')]);
      expectClose((JSON.parse(stdout) as Record<string, number[]>)['merged'], merged.dataSync());
    },
  );

  it('has members as nested models under their names, merges without weights, and shows so', async () => {
    const members = {
      cnn1: { model: cnn('cnn1'), input: 'input1' },
      cnn2: { model: cnn('cnn2'), input: 'input2' },
      cnn3: { model: cnn('cnn3'), input: 'input2' },
    };
    const ensemble = new Ensemble({
      members,
      outputs: { combined: mean(['cnn1', 'cnn2']), third: direct('cnn3'), cnn1: direct('cnn1') },
    });
    const model = ensemble.toModel();
    expect(model.inputNames).toEqual(['input1', 'input2']);
    expect(model.outputNames).toEqual(['combined', 'third', 'cnn1']);
    expect(model.getLayer('cnn1')).toBeInstanceOf(tf.LayersModel);
    expect(model.getLayer('combined').weights).toEqual([]);
    expect(model.getLayer('third').weights).toEqual([]);
    expect(model.countParams()).toBe(3 * members.cnn1.model.countParams());
    const lines: string[] = [];
    ensemble.summary(undefined, (line) => lines.push(line));
    const text = lines.join('\n');
    for (const name of ['cnn1 (', 'cnn2 (', 'cnn3 (', 'combined (Average)', 'input1 (', 'Total params'])
      expect(text).toContain(name);
    await ensemble.close();
  });

  it('can merge members that were trained apart', async () => {
    await using apart = new Ensemble({
      members: { a: { model: cnn('a1') }, b: { model: cnn('b2') } },
      outputs: { a: direct('a'), b: direct('b') },
    });
    apart.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
    await using together = apart.withOutputs({ combined: mean(['a', 'b']) });
    await apart.fit(data.x, { a: data.y, b: data.y }, { batchSize: 16 });
    const { a, b } = await apart.predict(ones);
    const { combined } = await together.predict(ones);
    const expected = a.add(b).div(2).dataSync();
    expectClose(combined.dataSync(), expected);
    const [output] = [together.toModel().predict(tf.ones([1, 28, 28, 1]))].flat();
    expectClose(output?.dataSync(), expected);
  });

  it('leaves members usable as functions of other inputs', async () => {
    const shared = cnn('cnn1');
    const elsewhere = tf.input({ shape: [28, 28, 1], name: 'elsewhere' });
    const applied = tf.model({ inputs: elsewhere, outputs: shared.apply(elsewhere) as tf.SymbolicTensor });
    await using ensemble = new Ensemble({
      members: { cnn1: { model: shared }, cnn2: { model: cnn('cnn2') } },
      outputs: { combined: mean(['cnn1', 'cnn2']) },
    });
    ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
    await ensemble.fit(data.x, data.y, { batchSize: 16 });
    const x = tf.ones([1, 28, 28, 1]);
    const expected = (shared.predict(x) as tf.Tensor).dataSync();
    expectClose((applied.predict(x) as tf.Tensor).dataSync(), expected);
    expectClose((ensemble.toModel().getLayer('cnn1').apply(x) as tf.Tensor).dataSync(), expected);
  });
});

describe('save and load', () => {
  it('gives back members, ends, merges and compile', async () => {
    const target = join(folder, 'whole');
    const made = new Ensemble({
      members: {
        cnn1: { model: cnn('cnn1') },
        cnn2: { model: cnn('cnn2'), optimizer: sgd() },
        cnn3: { model: cnn('cnn3'), input: 'own' },
      },
      outputs: { combined: weightedMean(['cnn1', 'cnn2'], [1, 2]), third: direct('cnn3') },
    });
    made.compile({
      optimizer: adam(),
      loss: 'categoricalCrossentropy',
      lossWeights: { third: 0.5 },
      metrics: ['accuracy'],
    });
    await made.fit([data.x, data.x], [data.y, data.y], { batchSize: 16 });
    const before = await made.evaluate([data.x, data.x], [data.y, data.y]);
    await made.save(target);
    await made.close();

    const loaded = await Ensemble.load(target);
    expect(loaded.plan.outputs).toEqual(made.plan.outputs);
    expect(loaded.plan.members.map(({ name, inputs }) => [name, inputs])).toEqual(
      made.plan.members.map(({ name, inputs }) => [name, inputs]),
    );
    expect(loaded.plan.members[0]?.weights).toEqual(made.plan.members[0]?.weights);
    expect(await loaded.evaluate([data.x, data.x], [data.y, data.y])).toEqual(before);
    const again = await loaded.fit([data.x, data.x], [data.y, data.y], { batchSize: 16 });
    expect(again.history['third_accuracy']).toHaveLength(1);
    await loaded.close();
  });

  it('keeps options that tfjs leaves out of a configuration', async () => {
    const target = join(folder, 'depthwise');
    const model = tf.sequential({
      layers: [
        tf.layers.depthwiseConv2d({
          kernelSize: 5,
          strides: 5,
          depthMultiplier: 2,
          depthwiseRegularizer: tf.regularizers.l2({ l2: 0.01 }),
          inputShape: [28, 28, 1],
        }),
        tf.layers.separableConv2d({ filters: 3, kernelSize: 2, depthMultiplier: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    });
    const made = new Ensemble({ members: { a: { model } }, outputs: { a: direct('a') } });
    made.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
    await made.fit(data.x, data.y, { batchSize: 16 });
    const before = await made.evaluate(data.x, data.y);
    await made.save(target);
    await made.close();
    const loaded = await Ensemble.load(target);
    expect(await loaded.evaluate(data.x, data.y)).toEqual(before);
    await loaded.close();
  });

  it.each([
    ['nothing there', 'missing', async () => Promise.resolve(), 'ensemble.json'],
    ['no JSON', 'whole', (dir: string) => writeFile(join(dir, 'ensemble.json'), '{'), 'not JSON'],
    ['another format', 'whole', (dir: string) => writeFile(join(dir, 'ensemble.json'), '{"format":"x"}'), 'format'],
  ])('refuses a folder with %s', async (_what, name, spoil, part) => {
    const dir = join(folder, name);
    await spoil(dir);
    await expect(Ensemble.load(dir)).rejects.toMatchObject({
      code: 'LOAD',
      message: expect.stringContaining(part) as string,
    });
  });

  it('refuses weights outside the folder', async () => {
    const dir = join(folder, 'mean');
    const file = join(dir, 'model', 'model.json');
    const json = JSON.parse(await readFile(file, 'utf8')) as { weightsManifest: { paths: string[] }[] };
    for (const part of json.weightsManifest) part.paths = ['../../../../etc/passwd'];
    await writeFile(file, JSON.stringify(json));
    await expect(Ensemble.load(dir)).rejects.toMatchObject({
      code: 'LOAD',
      message: expect.stringContaining('outside') as string,
    });
  });
});
