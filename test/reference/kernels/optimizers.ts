import type { Twin } from './twin.js';

export const sumGradients: Twin<'sumGradients'> = (memory, { n, gradients, shards, shard }) => {
  for (let s = 1; s < shards; s++) {
    for (let i = 0; i < n; i++) memory.addFloat(gradients, i, memory.float(gradients + s * shard, i));
  }
};

export const penalize: Twin<'penalize'> = (memory, { n, gradients, weights, l1, l2 }) => {
  for (let i = 0; i < n; i++) {
    const w = memory.float(weights, i);
    memory.addFloat(gradients, i, 2 * l2 * w + l1 * Math.sign(w));
  }
};

export const penalty: Twin<'penalty'> = (memory, { n, weights, l1, l2 }) => {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const w = memory.float(weights, i);
    sum += l1 * Math.abs(w) + l2 * w ** 2;
  }
  return sum;
};

export const sgd: Twin<'sgd'> = (memory, { n, w, g, velocity, rate, momentum, nesterov }) => {
  for (let i = 0; i < n; i++) {
    const step = -rate * memory.float(g, i);
    if (velocity === 0) {
      memory.addFloat(w, i, step);
      continue;
    }
    const v = momentum * memory.float(velocity, i) + step;
    memory.setFloat(velocity, i, v);
    memory.addFloat(w, i, nesterov === 1 ? momentum * v + step : v);
  }
};

export const adam: Twin<'adam'> = (memory, { n, w, g, means, squares, alpha, keep1, keep2, epsilon, kept }) => {
  for (let i = 0; i < n; i++) {
    const gradient = memory.float(g, i);
    const mean = (1 - keep1) * memory.float(means, i) + keep1 * gradient;
    const square = (1 - keep2) * memory.float(squares, i) + keep2 * gradient ** 2;
    memory.setFloat(means, i, mean);
    memory.setFloat(squares, i, square);
    memory.setFloat(w, i, kept * memory.float(w, i) - (alpha * mean) / (Math.sqrt(square) + epsilon));
  }
};

export const rmsprop: Twin<'rmsprop'> = (
  memory,
  { n, w, g, squares, momenta, averages, rate, rho, keep, momentum, epsilon },
) => {
  for (let i = 0; i < n; i++) {
    const gradient = memory.float(g, i);
    const square = rho * memory.float(squares, i) + keep * gradient ** 2;
    memory.setFloat(squares, i, square);
    let variance = square;
    if (averages !== 0) {
      const average = rho * memory.float(averages, i) + keep * gradient;
      memory.setFloat(averages, i, average);
      variance -= average ** 2;
    }
    let step = (rate * gradient) / Math.sqrt(variance + epsilon);
    if (momenta !== 0) {
      step += momentum * memory.float(momenta, i);
      memory.setFloat(momenta, i, step);
    }
    memory.addFloat(w, i, -step);
  }
};
