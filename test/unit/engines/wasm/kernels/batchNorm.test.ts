import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/batchNorm.js';
import { cases, count, few, holdAgainst, linearCases, positive, ROUNDING, SUM, type Arena } from './harness.js';

const EPSILON = 1e-3;
/** Arrays of `period` numbers. */
const PARAMETERS = 5;
/** Bytes of a sum. */
const DOUBLE = 8;

/** A multiple of the channels and of 4. */
const channels = positive.chain((n) => fc.record({ channels: fc.constant(n), period: fc.constantFrom(4 * n, 8 * n) }));
const array = fc.tuple(channels, count, count).map(([{ channels, period }, whole, rest]) => ({
  n: whole * channels + rest,
  period,
}));
const shards = fc.tuple(channels, few).map(([sizes, shards]) => ({ ...sizes, shards }));

/** Sums and sums of squares of each shard. */
function sumsOf(arena: Arena, { period, shards }: { readonly period: number; readonly shards: number }) {
  return { sums: arena.doubles(2 * period * shards), shardBytes: 2 * period * DOUBLE, count: 7 };
}

const parametersOf = (arena: Arena, period: number) => arena.floats(PARAMETERS * period);
const variances = (arena: Arena, n: number) => arena.floats(arena.values(n).map(Math.abs));

holdAgainst(twins, {
  addMoments: linearCases(array, (arena, { n, period }) => ({
    n,
    period,
    x: arena.floats(n),
    sums: arena.doubles(2 * period),
  })),
  batchMoments: cases(
    shards,
    (arena, sizes) => ({
      ...sizes,
      ...sumsOf(arena, sizes),
      mean: arena.floats(sizes.channels),
      variance: arena.floats(sizes.channels),
    }),
    SUM,
  ),
  prepareBatchNorm: cases(
    fc.tuple(channels, fc.boolean(), fc.boolean()),
    (arena, [{ channels, period }, hasGamma, hasBeta]) => ({
      channels,
      period,
      mean: arena.floats(channels),
      variance: variances(arena, channels),
      epsilon: EPSILON,
      gamma: arena.optionalFloats(hasGamma, channels),
      beta: arena.optionalFloats(hasBeta, channels),
      parameters: parametersOf(arena, period),
    }),
    ROUNDING,
  ),
  batchNorm: linearCases(array, (arena, { n, period }) => ({
    n,
    period,
    x: arena.floats(n),
    parameters: parametersOf(arena, period),
    y: arena.floats(n),
  })),
  addGradientMoments: linearCases(array, (arena, { n, period }) => ({
    n,
    period,
    x: arena.floats(n),
    dy: arena.floats(n),
    parameters: parametersOf(arena, period),
    sums: arena.doubles(2 * period),
  })),
  gradientMoments: cases(
    fc.tuple(shards, fc.boolean(), fc.boolean()),
    (arena, [sizes, hasGamma, hasBeta]) => ({
      ...sizes,
      ...sumsOf(arena, sizes),
      variance: variances(arena, sizes.channels),
      epsilon: EPSILON,
      parameters: parametersOf(arena, sizes.period),
      dGamma: arena.optionalFloats(hasGamma, sizes.channels),
      dBeta: arena.optionalFloats(hasBeta, sizes.channels),
    }),
    SUM,
  ),
  batchNormGradient: linearCases(array, (arena, { n, period }) => ({
    n,
    period,
    x: arena.floats(n),
    dy: arena.floats(n),
    parameters: parametersOf(arena, period),
    dx: arena.floats(n),
  })),
  moveAverage: cases(
    fc.record({ n: count, decay: fc.constantFrom(0, 0.01, 1).map(Math.fround) }),
    (arena, { n, decay }) => ({ n, average: arena.floats(n), value: arena.floats(n), decay }),
    ROUNDING,
  ),
});
