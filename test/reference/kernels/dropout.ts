import { dropoutMask as definition } from '../../../src/random/noise.js';
import type { Twin } from './twin.js';

export const dropoutMask: Twin<'dropoutMask'> = (
  memory,
  { mask, maskRow, firstRow, rows, size, threshold, key0, key1, iterationLow, iterationHigh },
) => {
  const out = new Float32Array(rows * size);
  const iteration = iterationHigh * 2 ** 32 + iterationLow;
  definition(out, threshold / 2 ** 16, { key: [key0, key1], iteration, firstRow, rows, size });
  out.forEach((value, i) => {
    memory.setByte(mask + Math.floor(i / size) * maskRow, i % size, value === 0 ? 0 : 255);
  });
};

export const applyMask: Twin<'applyMask'> = (memory, { x, mask, y, n, scale }) => {
  for (let i = 0; i < n; i++) {
    memory.setFloat(y, i, memory.byte(mask, i) === 0 ? 0 : memory.float(x, i) * scale);
  }
};
