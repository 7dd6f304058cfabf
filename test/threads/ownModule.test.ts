import * as tf from '@tensorflow/tfjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { direct, Ensemble, type CompileOptions, type EngineName } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { descent, difference, halving, hasTfjs, scaled } from './ownModule.js';

const SETUP = new URL('./ownModule.js', import.meta.url);
const x = { data: Float32Array.of(1, 1), shape: [2, 1] };

/** y = w · x, with w = 1 at first. */
const linear = (): tf.LayersModel =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones' })],
  });

const create = (setup?: { setup: URL }) =>
  new Ensemble({
    members: { a: { model: linear() }, b: { model: linear() } },
    outputs: { out: difference(['a', 'b']) },
    ...setup,
  });

describe("a loss, a metric, a merge, an optimizer and a schedule of a user's module", () => {
  it.each<EngineName>(['wasm', 'tfjs'])('train on the engine %s', async (engine) => {
    await using ensemble = create({ setup: SETUP });
    ensemble.compile({
      optimizer: descent({ learningRate: halving({ first: 0.25 }) }),
      loss: scaled({ factor: 2 }),
      metrics: [hasTfjs()],
    });
    const { history } = await ensemble.fit(x, x, { batchSize: 2, epochs: 2, threads: 2, engine });
    // d = a − b = 0, and ∂ 2(d − 1)²/∂d = −4: a step of 0.25 leads to a = 2, b = 0 and d = 2. The gradient is then 4, and a step of 0.125
    // leads to a = 1.5 and b = 0.5.
    expect(history['loss']).toEqual([2, 2]);
    const model = ensemble.toModel();
    const weights = ['a', 'b'].map((name) => model.getLayer(name).getWeights()[0]?.dataSync()[0]);
    expect(weights).toEqual([1.5, 0.5]);
    // The module loads no TensorFlow.js into threads of the engine `wasm`.
    expect(history['hasTfjs']).toEqual(engine === 'wasm' ? [0, 0] : [1, 1]);
  });

  it('are saved by their names and load where the module is imported', async () => {
    const ensemble = create({ setup: SETUP });
    ensemble.compile({ optimizer: descent(), loss: scaled({ factor: 3 }), metrics: [hasTfjs()] });
    const folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-own-'));
    await ensemble.save(folder);
    await ensemble.close();
    await using loaded = await Ensemble.load(folder, { setup: SETUP });
    await rm(folder, { recursive: true });
    expect(loaded.plan.outputs[0]?.merge).toEqual(difference(['a', 'b']));
    expect(await loaded.evaluate(x, x, { engine: 'wasm' })).toEqual({ loss: 3, hasTfjs: 0 });
    const assembled = loaded.toModel().predict(tf.ones([1, 1])) as tf.Tensor;
    expect([...assembled.dataSync()]).toEqual([0]);
  });
});

describe('a thread whose setup module does not register a name', () => {
  const compile: CompileOptions<string> = { optimizer: 'sgd', loss: 'meanSquaredError' };

  it.each<[string, CompileOptions<string>]>([
    ['loss "scaled"', { ...compile, loss: scaled() }],
    ['metric "hasTfjs"', { ...compile, metrics: hasTfjs() }],
    ['optimizer "descent"', { ...compile, optimizer: descent() }],
    ['schedule "halving"', { ...compile, optimizer: { optimizer: 'sgd', learningRate: halving() } }],
  ])('says which one: the %s', async (what, options) => {
    await using ensemble = new Ensemble({ members: { a: { model: linear() } }, outputs: { out: direct('a') } });
    ensemble.compile(options);
    await expect(ensemble.fit(x, x)).rejects.toMatchObject({
      code: 'SETUP_MODULE',
      message: expect.stringContaining(`\`setup\` to name the module that registers the ${what}`) as string,
    });
  });

  it('says which one: the merge "difference"', async () => {
    await using ensemble = create();
    await expect(ensemble.predict(x)).rejects.toMatchObject({
      code: 'SETUP_MODULE',
      message: expect.stringContaining('the merge "difference"') as string,
    });
  });
});
