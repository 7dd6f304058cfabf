import { writeFile } from 'node:fs/promises';
import { readIdx } from '../data/idx.js';
import { Ensemble } from '../ensemble.js';
import { EnsembleError } from '../errors.js';

export interface PredictOptions {
  readonly limit?: number;
  readonly out?: string;
}

/**
 * The command `predict`: the outputs of a saved run for the images of an idx file, as CSV: for each sample and output the most
 * likely class and its value.
 */
export async function predict(
  run: string,
  file: string,
  { limit = Infinity, out }: PredictOptions,
  print: (line: string) => void,
): Promise<void> {
  const ensemble = await Ensemble.load(run);
  try {
    const { shape, values } = await readIdx(file);
    const [samples = 0, ...rest] = shape;
    const count = Math.min(samples, limit);
    const size = rest.reduce((product, n) => product * n, 1);
    const data = values.subarray(0, count * size);
    const inputs = Object.fromEntries(
      ensemble.plan.inputs.map((input) => {
        if (input.shape.reduce((product, n) => product * n, 1) !== size) {
          throw new EnsembleError(
            'SHAPE_MISMATCH',
            `Expected samples of [${input.shape.join(', ')}] for the input "${input.name}". Received: [${rest.join(', ')}] in ${file}`,
          );
        }
        // Bytes are grey values, as in training.
        return [input.name, { data, shape: [count, ...input.shape], scale: data instanceof Uint8Array ? 1 / 255 : 1 }];
      }),
    );
    const outputs = await ensemble.predict(inputs, { batchSize: 256 });
    const columns = Object.entries(outputs).map(([name, tensor]) => ({ name, rows: bestOf(tensor.dataSync(), count) }));
    const lines = [
      ['sample', ...columns.flatMap(({ name }) => [`${name}_class`, `${name}_value`])].join(','),
      ...Array.from({ length: count }, (_, i) => [i, ...columns.flatMap(({ rows }) => rows[i] ?? [])].join(',')),
    ];
    if (out === undefined) for (const line of lines) print(line);
    else await writeFile(out, `${lines.join('\n')}\n`);
  } finally {
    await ensemble.close();
  }
}

/** Index and value of the largest number of each row. */
function bestOf(values: ArrayLike<number>, rows: number): [number, string][] {
  const size = values.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let i = 1; i < size; i++) if ((values[row * size + i] ?? NaN) > (values[row * size + best] ?? NaN)) best = i;
    return [best, (values[row * size + best] ?? NaN).toFixed(6)];
  });
}
