import { writeFile } from 'node:fs/promises';
import { writing } from '../files.js';
import { readIdx, type IdxArray } from '../data/sources/idx.js';
import type { TypedValue } from '../data/value.js';
import { Ensemble } from '../ensemble.js';
import { EnsembleError } from '../errors.js';
import type { InputPlan } from '../protocol/plan.js';
import { sizeOf } from '../protocol/shape.js';
import { argMax } from '../train/metrics/argMax.js';

export interface PredictOptions {
  readonly limit?: number;
  readonly out?: string;
}

/**
 * The command `predict`: runs a saved model on the images of idx files. The CSV has the most likely class and its value, for each
 * sample and output.
 * @param files one file, or `input=file` for each input
 */
export async function predict(
  run: string,
  files: readonly string[],
  { limit = Infinity, out }: PredictOptions,
  print: (line: string) => void,
): Promise<void> {
  const ensemble = await Ensemble.load(run);
  try {
    const read = await Promise.all(
      filesByInput(ensemble.plan.inputs, files).map(async ({ input, file }) => ({
        input,
        file,
        data: await readIdx(file),
      })),
    );
    const counts = new Map(read.map(({ file, data }) => [file, data.shape[0] ?? 0]));
    if (new Set(counts.values()).size > 1) {
      const received = [...counts].map(([file, samples]) => `${samples} in ${file}`).join(', ');
      throw new EnsembleError('SAMPLE_COUNT', `Expected files with the same number of samples. Received: ${received}`);
    }
    const [samples = 0] = counts.values();
    const count = Math.min(samples, limit);
    const inputs = Object.fromEntries(
      read.map(({ input, file, data }) => [input.name, valueOf(input, file, data, count)]),
    );
    const outputs = await ensemble.predict(inputs, { batchSize: 256 });
    const columns = Object.entries(outputs).map(([name, tensor]) => ({ name, rows: bestOf(tensor.dataSync(), count) }));
    const lines = [
      ['sample', ...columns.flatMap(({ name }) => [`${name}_class`, `${name}_value`])].join(','),
      ...Array.from({ length: count }, (_, i) => [i, ...columns.flatMap(({ rows }) => rows[i] ?? [])].join(',')),
    ];
    if (out === undefined) for (const line of lines) print(line);
    else await writing(out, () => writeFile(out, `${lines.join('\n')}\n`));
  } finally {
    await ensemble.close();
  }
}

/** The file of each input. With one input, its name is optional. */
function filesByInput(inputs: readonly InputPlan[], files: readonly string[]): { input: InputPlan; file: string }[] {
  const [only] = inputs.length === 1 ? inputs : [];
  const found = files.flatMap((file) => {
    const named = inputs.find(({ name }) => file.startsWith(`${name}=`));
    if (named !== undefined) return [{ input: named, file: file.slice(named.name.length + 1) }];
    return only === undefined ? [] : [{ input: only, file }];
  });
  const fed = new Set(found.map(({ input }) => input));
  if (found.length === files.length && found.length === inputs.length && fed.size === inputs.length) return found;
  throw new EnsembleError(
    'MISSING_DATA',
    `Expected a file for each input of this run: ${inputs.map(({ name }) => `${name}=FILE`).join(' ')}. Received: ${files.join(' ')}`,
  );
}

function valueOf(input: InputPlan, file: string, { shape, values }: IdxArray, count: number): TypedValue {
  const size = sizeOf(shape.slice(1));
  if (sizeOf(input.shape) !== size) {
    throw new EnsembleError(
      'SHAPE_MISMATCH',
      `Expected samples of [${input.shape.join(', ')}] for the input "${input.name}". Received: [${shape.slice(1).join(', ')}] in ${file}`,
    );
  }
  const data = values.subarray(0, count * size);
  // Bytes are grey values and are scaled as in training.
  return { data, shape: [count, ...input.shape], scale: data instanceof Uint8Array ? 1 / 255 : 1 };
}

/** Index and value of the largest number in each row. */
function bestOf(values: ArrayLike<number>, rows: number): [number, string][] {
  const size = values.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const best = argMax(values, row * size, size);
    return [best, (values[row * size + best] ?? NaN).toFixed(6)];
  });
}
