import * as tf from '@tensorflow/tfjs';
import { compareOutputs, type Comparison } from '../assemble/parity.js';
import type { RunOptions } from '../coordinator/options.js';
import type { Ensemble } from '../ensemble.js';
import type { SharedArray } from '../protocol/data.js';
import { sizeOf } from '../protocol/shape.js';
import { inputsOf } from '../config/data.js';

/** Number of samples for the comparison of the assembled model with the workers. */
const PARITY_SAMPLES = 256;

/**
 * Compares the assembled model, computed by tfjs in this thread, with the workers.
 * @param data by input; data of other inputs is ignored
 */
export async function checkParity(
  ensemble: Ensemble,
  data: Readonly<Record<string, SharedArray>>,
  options: RunOptions,
): Promise<Comparison> {
  // The model needs the same number of samples for every input.
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
