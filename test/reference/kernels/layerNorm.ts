import type { Twin } from './twin.js';

export const layerNorm: Twin<'layerNorm'> = (memory, { groups, n, x, gamma, beta, epsilon, moments, y }) => {
  for (let group = 0; group < groups; group++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) sum += memory.float(x, group * n + i);
    const mean = sum / n;
    for (let i = 0; i < n; i++) squares += (memory.float(x, group * n + i) - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / n + epsilon);
    memory.setFloat(moments, 2 * group, mean);
    memory.setFloat(moments, 2 * group + 1, factor);
    for (let i = 0; i < n; i++) {
      const normal = (memory.float(x, group * n + i) - mean) * factor;
      const [scale, shift] = [gamma === 0 ? 1 : memory.float(gamma, i), beta === 0 ? 0 : memory.float(beta, i)];
      memory.setFloat(y, group * n + i, normal * scale + shift);
    }
  }
};

export const layerNormGradient: Twin<'layerNormGradient'> = (
  memory,
  { groups, n, x, gamma, moments, dy, dGamma, dBeta, dx, fresh },
) => {
  for (let i = 0; i < n && fresh === 1; i++) {
    if (dGamma !== 0) memory.setFloat(dGamma, i, 0);
    if (dBeta !== 0) memory.setFloat(dBeta, i, 0);
  }
  for (let group = 0; group < groups; group++) {
    const [mean, factor] = [memory.float(moments, 2 * group), memory.float(moments, 2 * group + 1)];
    const normal = (i: number): number => (memory.float(x, group * n + i) - mean) * factor;
    const scaled = (i: number): number => memory.float(dy, group * n + i) * (gamma === 0 ? 1 : memory.float(gamma, i));
    let [sum, product] = [0, 0];
    for (let i = 0; i < n; i++) {
      sum += scaled(i);
      product += scaled(i) * normal(i);
      if (dGamma !== 0) memory.addFloat(dGamma, i, memory.float(dy, group * n + i) * normal(i));
      if (dBeta !== 0) memory.addFloat(dBeta, i, memory.float(dy, group * n + i));
    }
    for (let i = 0; i < n && dx !== 0; i++) {
      memory.setFloat(dx, group * n + i, (scaled(i) - sum / n - normal(i) * (product / n)) * factor);
    }
  }
};
