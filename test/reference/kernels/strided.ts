import type { Twin } from './twin.js';

export const copyStrided: Twin<'copyStrided'> = (
  memory,
  { n0, n1, n2, from, f0, f1, f2, to, t0, t1, t2, accumulate },
) => {
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      for (let k = 0; k < n2; k++) {
        const target = to + i * t0 + j * t1 + k * t2;
        const value = memory.float(from + i * f0 + j * f1 + k * f2);
        memory.setFloat(target, 0, accumulate === 1 ? memory.float(target) + value : value);
      }
    }
  }
};
