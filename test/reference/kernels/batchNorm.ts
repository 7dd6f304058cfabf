import type { Twin, TwinMemory } from './twin.js';

/** The sum of a channel over all shards and over its repetitions in a period. */
function total(
  memory: TwinMemory,
  { channels, period, shards, shardBytes }: Readonly<Record<'channels' | 'period' | 'shards' | 'shardBytes', number>>,
  sums: number,
  channel: number,
): number {
  let sum = 0;
  for (let shard = 0; shard < shards; shard++) {
    for (let i = channel; i < period; i += channels) sum += memory.double(sums + shard * shardBytes, i);
  }
  return sum;
}

export const addMoments: Twin<'addMoments'> = (memory, { n, period, x, sums }) => {
  for (let i = 0; i < n; i++) {
    memory.addDouble(sums, i % period, memory.float(x, i));
    memory.addDouble(sums, period + (i % period), memory.float(x, i) ** 2);
  }
};

export const batchMoments: Twin<'batchMoments'> = (memory, args) => {
  const { channels, period, sums, count, mean, variance } = args;
  for (let channel = 0; channel < channels; channel++) {
    const average = total(memory, args, sums, channel) / count;
    const square = total(memory, args, sums + period * 8, channel) / count;
    memory.setFloat(mean, channel, average);
    memory.setFloat(variance, channel, Math.max(square - average ** 2, 0));
  }
};

export const prepareBatchNorm: Twin<'prepareBatchNorm'> = (
  memory,
  { channels, period, mean, variance, epsilon, gamma, beta, parameters },
) => {
  for (let i = 0; i < period; i++) {
    const channel = i % channels;
    const scale = gamma === 0 ? 1 : memory.float(gamma, channel);
    memory.setFloat(parameters, i, memory.float(mean, channel));
    memory.setFloat(parameters, period + i, scale / Math.sqrt(memory.float(variance, channel) + epsilon));
    memory.setFloat(parameters, 2 * period + i, beta === 0 ? 0 : memory.float(beta, channel));
  }
};

export const batchNorm: Twin<'batchNorm'> = (memory, { n, period, x, parameters, y }) => {
  const parameter = (k: number, i: number): number => memory.float(parameters, k * period + (i % period));
  for (let i = 0; i < n; i++) {
    memory.setFloat(y, i, (memory.float(x, i) - parameter(0, i)) * parameter(1, i) + parameter(2, i));
  }
};

export const addGradientMoments: Twin<'addGradientMoments'> = (memory, { n, period, x, dy, parameters, sums }) => {
  for (let i = 0; i < n; i++) {
    const centred = memory.float(x, i) - memory.float(parameters, i % period);
    memory.addDouble(sums, i % period, memory.float(dy, i));
    memory.addDouble(sums, period + (i % period), memory.float(dy, i) * centred);
  }
};

export const gradientMoments: Twin<'gradientMoments'> = (memory, args) => {
  const { channels, period, sums, count, variance, epsilon, parameters, dGamma, dBeta } = args;
  for (let channel = 0; channel < channels; channel++) {
    const gradient = total(memory, args, sums, channel);
    const product = total(memory, args, sums + period * 8, channel);
    const spread = memory.float(variance, channel) + epsilon;
    if (dGamma !== 0) memory.setFloat(dGamma, channel, product / Math.sqrt(spread));
    if (dBeta !== 0) memory.setFloat(dBeta, channel, gradient);
    for (let i = channel; i < period; i += channels) {
      memory.setFloat(parameters, 3 * period + i, gradient / count);
      memory.setFloat(parameters, 4 * period + i, product / count / spread);
    }
  }
};

export const batchNormGradient: Twin<'batchNormGradient'> = (memory, { n, period, x, dy, parameters, dx }) => {
  const parameter = (k: number, i: number): number => memory.float(parameters, k * period + (i % period));
  for (let i = 0; i < n; i++) {
    const centred = memory.float(x, i) - parameter(0, i);
    const gradient = memory.float(dy, i) - parameter(3, i) - centred * parameter(4, i);
    memory.setFloat(dx, i, gradient * parameter(1, i));
  }
};

export const moveAverage: Twin<'moveAverage'> = (memory, { n, average, value, decay }) => {
  for (let i = 0; i < n; i++) {
    memory.setFloat(average, i, (1 - decay) * memory.float(average, i) + decay * memory.float(value, i));
  }
};
