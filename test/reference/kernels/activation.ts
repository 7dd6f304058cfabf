import { ACTIVATIONS, type ActivationFunction } from '../activations.js';
import type { Twin } from './twin.js';

function activationOf(code: number): ActivationFunction {
  const found = Object.values<ActivationFunction>(ACTIVATIONS).find((activation) => activation.code === code);
  if (found === undefined) throw new RangeError(`There is no activation function ${code}`);
  return found;
}

export const activate: Twin<'activate'> = (memory, { kind, x, y, n, alpha }) => {
  const { f } = activationOf(kind);
  for (let i = 0; i < n; i++) memory.setFloat(y, i, f(memory.float(x, i), alpha));
};

export const activateGradient: Twin<'activateGradient'> = (memory, { kind, x, y, dy, dx, n, alpha }) => {
  const { slope, slopeOfValue } = activationOf(kind);
  for (let i = 0; i < n; i++) {
    const factor =
      slopeOfValue === undefined ? slope(memory.float(x, i), alpha) : slopeOfValue(memory.float(y, i), alpha);
    memory.setFloat(dx, i, memory.float(dy, i) * factor);
  }
};

export const softmax: Twin<'softmax'> = (memory, { rows, size, x, y }) => {
  for (let row = 0; row < rows; row++) {
    const numbers = Array.from({ length: size }, (_, i) => memory.float(x, row * size + i));
    const most = Math.max(...numbers);
    const sum = numbers.reduce((total, value) => total + Math.exp(value - most), 0);
    numbers.forEach((value, i) => {
      memory.setFloat(y, row * size + i, Math.exp(value - most) / sum);
    });
  }
};

export const softmaxGradient: Twin<'softmaxGradient'> = (memory, { rows, size, y, dy, dx }) => {
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += memory.float(dy, i) * memory.float(y, i);
    for (let i = row * size; i < (row + 1) * size; i++) {
      memory.setFloat(dx, i, memory.float(y, i) * (memory.float(dy, i) - sum));
    }
  }
};
