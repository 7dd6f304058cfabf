import * as tf from '@tensorflow/tfjs';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Ensemble, adam, direct, mean } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { cnn, digits, setTrap, weightsOf } from './helpers.js';

const run = promisify(execFile);
const data = await digits(48);

function make() {
  const members = { cnn1: { model: cnn('cnn1') }, cnn2: { model: cnn('cnn2') } };
  const ensemble = new Ensemble({ members, outputs: { combined: mean(['cnn1', 'cnn2']), second: direct('cnn2') } });
  ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
  return { ensemble, members };
}

describe('ownership', () => {
  it('leaves as many tensors as there were, and the models with the caller', async () => {
    setTrap('none');
    const { ensemble, members } = make();
    const before = tf.memory().numTensors;
    await ensemble.fit(data.x, [data.y, data.y], { batchSize: 16 });
    await ensemble.evaluate(data.x, [data.y, data.y]);
    const predictions = await ensemble.predict(data.x);
    expect(predictions.combined.shape).toEqual([48, 10]);
    tf.dispose(Object.values(predictions));
    ensemble.summary(undefined, () => undefined);
    await ensemble.close();
    expect(tf.memory().numTensors).toBe(before);
    expect(weightsOf(members.cnn1.model)).toHaveLength(6);
  });

  it('gives an independent model', async () => {
    const { ensemble, members } = make();
    const model = ensemble.toModel();
    const before = weightsOf(model);
    await ensemble.fit(data.x, [data.y, data.y], { batchSize: 16 });
    await ensemble.close();
    expect(weightsOf(model)).toEqual(before);
    expect(weightsOf(members.cnn1.model)).not.toEqual(before.slice(0, 6));
    model.dispose();
    expect(() => weightsOf(members.cnn1.model)).not.toThrow();
  });

  /** A program that does `body` with an ensemble and prints the threads that are left. */
  const program = (body: string) => `
    import * as tf from '@tensorflow/tfjs';
    import { readdirSync } from 'node:fs';
    import { Ensemble, mean, sgd } from 'tfjs-ensemble';
    const net = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], activation: 'softmax' })] });
    const ensemble = new Ensemble({ members: { a: { model: net() }, b: { model: net() } }, outputs: { m: mean(['a', 'b']) } });
    ensemble.compile({ optimizer: sgd(), loss: 'categoricalCrossentropy' });
    const fit = () => ensemble.fit(tf.ones([8, 3]), tf.tensor2d(Array(8).fill([0, 1])), { batchSize: 4 });
    ${body}
    console.log('handles', process.getActiveResourcesInfo().filter((name) => /Port|Worker|Timeout|Immediate/.test(name)).join(' '));
  `;
  const start = (body: string) =>
    run(process.execPath, ['--input-type=module', '--eval', program(body)], { timeout: 30_000 });

  it('leaves no thread and no handle after close, so that the process ends by itself', async () => {
    const { stdout } = await start('await fit(); await ensemble.close();');
    expect(stdout.trim()).toBe('handles');
  });

  it('lets the process end by itself without close, too', async () => {
    const { stdout } = await start('await fit();');
    expect(stdout).toContain('handles');
  });
});
