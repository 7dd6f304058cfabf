import { at, FLOAT, NOWHERE, rowOf, type Address } from '../address.js';
import { cutRows, type Op, type Shard } from '../program.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup, type Weight } from './layer.js';

export const batchNorm = defineLayer({
  classes: ['BatchNormalization'],
  summary: 'Batch normalisation over the last axis.',
  compile: compileBatchNorm,
});

/** Bytes of a sum, which is float64. */
const DOUBLE = 8;
/** Minimum distance between two additions to the same sum, in numbers, so that an addition need not wait for the previous store. */
const LEAST_PERIOD = 32;
/** Arrays of `period` numbers that make up the parameters of the kernels. */
const PARAMETERS = 5;

/**
 * BatchNormalization over the last axis. The formulas are in kernels/batchNorm.ts. A layer that isn't trained uses its moving statistics in
 * training too, and does not change them.
 */
function compileBatchNorm(setup: LayerSetup): CompiledLayer {
  const { node, layout, runtime } = setup;
  const { input, gradient } = onlyInput(setup);
  const options = new Options(node);
  options.expect('axis', -1, input.shape.length);
  const channels = input.shape.at(-1) ?? 1;
  const period = periodOf(channels);
  const epsilon = options.number('epsilon', 1e-3);
  const gamma = options.boolean('scale', true) ? setup.weight('gamma') : null;
  const beta = options.boolean('center', true) ? setup.weight('beta') : null;
  const moving = { mean: setup.weight('moving_mean'), variance: setup.weight('moving_variance') };
  const output = setup.output(input.shape);
  const { size } = input;

  const prepare = (mean: Address, variance: Address, parameters: Address): void => {
    const { kernels } = runtime;
    const [scale, shift] = [gamma?.address ?? NOWHERE, beta?.address ?? NOWHERE];
    kernels.prepareBatchNorm(channels, period, mean, variance, epsilon, scale, shift, parameters);
  };
  const normalise = (parameters: Address): Op => ({
    each: 'row',
    run(row) {
      const [x, y] = [rowOf(input.address, row, size), rowOf(output.address, row, size)];
      runtime.kernels.batchNorm(size, period, x, parameters, y);
    },
  });
  const differentiate = (parameters: Address): Op => ({
    each: 'row',
    run(row) {
      const [x, dy] = [rowOf(input.address, row, size), rowOf(output.gradient, row, size)];
      runtime.kernels.batchNormGradient(size, period, x, dy, parameters, rowOf(gradient, row, size));
    },
  });

  const fixed = layout.floats(PARAMETERS * period);
  const pack = [
    () => {
      prepare(moving.mean.address, moving.variance.address, fixed);
    },
  ];
  const infer = normalise(fixed);
  if (isFrozen(options, [gamma, beta])) {
    // The last two parameters stay 0: fixed statistics have no gradient.
    return { output, ...both([infer]), backward: gradient === NOWHERE ? [] : [differentiate(fixed)], pack };
  }

  const parameters = layout.floats(PARAMETERS * period);
  const mean = layout.floats(channels);
  const variance = layout.floats(channels);
  const shardBytes = 2 * period * DOUBLE;
  const sums = layout.bytes(setup.shards * shardBytes);
  const positions = size / channels; // numbers of a channel in a sample
  const sumsOf = (row: number, shard: Shard): Address => {
    const address = at(sums, shard.index * shardBytes);
    if (row === shard.first) runtime.kernels.fillZero(address, shardBytes);
    return address;
  };
  const measure: Op = {
    each: 'row',
    run(row, shard) {
      runtime.kernels.addMoments(size, period, rowOf(input.address, row, size), sumsOf(row, shard));
    },
  };
  const join: Op = {
    each: 'batch',
    run(rows) {
      const shards = cutRows(rows).length;
      runtime.kernels.batchMoments(channels, period, shards, sums, shardBytes, rows * positions, mean, variance);
      prepare(mean, variance, parameters);
    },
  };
  const measureGradient: Op = {
    each: 'row',
    run(row, shard) {
      const [x, dy] = [rowOf(input.address, row, size), rowOf(output.gradient, row, size)];
      runtime.kernels.addGradientMoments(size, period, x, dy, parameters, sumsOf(row, shard));
    },
  };
  const joinGradient: Op = {
    each: 'batch',
    run(rows) {
      const shards = cutRows(rows).length;
      // The sums are those of the whole batch. They go to the first shard's gradients; those of the other shards are 0.
      const [dGamma, dBeta] = [gamma?.gradient(0) ?? NOWHERE, beta?.gradient(0) ?? NOWHERE];
      // prettier-ignore
      runtime.kernels.gradientMoments(
        channels, period, shards, sums, shardBytes, rows * positions, variance, epsilon, parameters, dGamma, dBeta,
      );
      for (let shard = 1; shard < shards; shard++) {
        for (const weight of [gamma, beta]) clear(weight?.gradient(shard) ?? NOWHERE);
      }
    },
  };
  const clear = (address: Address): void => {
    if (address !== NOWHERE) runtime.kernels.fillZero(address, channels * FLOAT);
  };

  const decay = 1 - options.number('momentum', 0.99);
  return {
    output,
    train: [measure, join, normalise(parameters)],
    infer: [infer],
    backward: [measureGradient, joinGradient, ...(gradient === NOWHERE ? [] : [differentiate(parameters)])],
    update: [
      () => {
        runtime.kernels.moveAverage(channels, moving.mean.address, mean, decay);
      },
      () => {
        runtime.kernels.moveAverage(channels, moving.variance.address, variance, decay);
      },
    ],
    pack,
  };
}

/** Whether `trainable` is false or none of the layer's weights is trained, as in src/engines/tfjs/model.ts. */
function isFrozen(options: Options, weights: readonly (Weight | null)[]): boolean {
  const own = weights.filter((weight) => weight !== null);
  return !options.boolean('trainable', true) || (own.length > 0 && own.every((weight) => weight.gradient(0) === null));
}

/** The smallest multiple of `channels` by a power of 2 that is a multiple of 4 and long enough. */
function periodOf(channels: number): number {
  let period = channels;
  while (period % 4 !== 0 || period < LEAST_PERIOD) period *= 2;
  return period;
}
