import * as tf from '@tensorflow/tfjs';
import { compareOutputs, type Comparison } from '../assemble/parity.js';
import type { RunOptions } from '../coordinator/options.js';
import type { Ensemble } from '../ensemble.js';
import type { SharedArray } from '../protocol/data.js';
import { sizeOf } from '../protocol/shape.js';
import { inputsOf } from '../config/data.js';

/** Samples on which the assembled model is held against the workers. */
const PARITY_SAMPLES = 256;

/**
 * Holds the assembled model, computed here by tfjs, against the workers.
 * @param data by input; inputs that the ensemble does not have are left alone
 */
export async function checkParity(
  ensemble: Ensemble,
  data: Readonly<Record<string, SharedArray>>,
  options: RunOptions,
): Promise<Comparison> {
  // As many for every input, so that they make one batch of the whole model.
  const used = Object.entries(inputsOf(ensemble.plan, data));
  const samples = Math.min(PARITY_SAMPLES, ...used.map(([, input]) => input.samples));
  const inputs = Object.fromEntries(
    used.map(([name, input]) => [
      name,
      { ...input, samples, values: input.values.subarray(0, samples * sizeOf(input.shape)) },
    ]),
  );
  const fromWorkers = await ensemble.predict(inputs, { ...options, batchSize: 64 });
  const model = ensemble.toModel();
  const xs = ensemble.plan.inputs.flatMap(({ name, shape }) => {
    const input = inputs[name];
    if (input === undefined) return [];
    const values = Float32Array.from(input.values, (value) => value * input.scale);
    return [tf.tensor(values, [samples, ...shape])];
  });
  const outputs = [model.predict(xs, { batchSize: 64 })].flat();
  const assembled = new Map(
    await Promise.all(
      ensemble.plan.outputs.map(async ({ name }, i) => [name, (await outputs[i]?.data()) as Float32Array] as const),
    ),
  );
  const expected = new Map(Object.entries(fromWorkers).map(([name, y]) => [name, y.dataSync<'float32'>()]));
  tf.dispose([xs, outputs, Object.values(fromWorkers)]);
  model.dispose();
  return compareOutputs(assembled, expected, samples);
}
