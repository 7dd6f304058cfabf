import { normalNoise as definition } from '../../../src/random/noise.js';
import { doubles } from '../numeric.js';
import type { Twin } from './twin.js';

export const normalNoise: Twin<'normalNoise'> = (
  memory,
  { to, row, size, mean, deviation, key0, key1, iterationLow, iterationHigh },
) => {
  const out = doubles(new Float64Array(size));
  const iteration = iterationHigh * 2 ** 32 + iterationLow;
  definition(out, { key: [key0, key1], iteration, firstRow: row, rows: 1, size });
  out.forEach((value, i) => {
    memory.setFloat(to, i, mean + deviation * value);
  });
};

export const replaceMasked: Twin<'replaceMasked'> = (memory, { x, mask, y, n, factor, shift, dropped }) => {
  for (let i = 0; i < n; i++) {
    memory.setFloat(y, i, memory.byte(mask, i) === 0 ? dropped : memory.float(x, i) * factor + shift);
  }
};
