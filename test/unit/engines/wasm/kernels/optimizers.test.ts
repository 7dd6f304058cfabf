import fc from 'fast-check';
import { NOWHERE, rowOf } from '../../../../../src/engines/wasm/address.js';
import * as twins from '../../../../reference/kernels/optimizers.js';
import { cases, count, few, flag, holdAgainst, linearCases, ROUNDING, type Arena } from './harness.js';

/** Weights are read and written in vectors. */
const VECTOR = 4;

const block = (arena: Arena, n: number) => arena.roundedFloats(n, VECTOR);
const blockOf = (arena: Arena, values: readonly number[]) => arena.roundedFloats(values, VECTOR);
/** A hyperparameter as a float32 number. */
const share = fc.constantFrom(0, 0.1, 0.5, 0.9).map(Math.fround);
const rate = fc.constantFrom(0.001, 1).map(Math.fround);

holdAgainst(twins, {
  sumGradients: linearCases(
    fc.record({ n: count, shards: few, isReversed: fc.boolean() }),
    (arena, { n, shards, isReversed }) => {
      const size = Math.ceil(n / VECTOR) * VECTOR;
      const first = arena.floats(shards * size);
      const gradients = isReversed ? rowOf(first, 1, (shards - 1) * size) : first;
      arena.release(rowOf(gradients, 1, n), (size - n) * 4);
      return { n, gradients, shards, shard: (isReversed ? -size : size) * 4 };
    },
  ),
  penalize: cases(
    fc.record({ n: count, l1: share, l2: share }),
    (arena, { n, l1, l2 }) => ({
      n,
      gradients: arena.floats(n),
      weights: arena.floats([...arena.wholes(n, 1)]),
      l1,
      l2,
    }),
    ROUNDING,
  ),
  penalty: cases(
    fc.record({ n: count, l1: share, l2: share }),
    (arena, { n, l1, l2 }) => ({ n, weights: arena.floats(n), l1, l2 }),
    ROUNDING,
  ),
  sgd: cases(
    fc.record({ n: count, rate, momentum: share, nesterov: flag, hasVelocity: fc.boolean() }),
    (arena, { n, hasVelocity, ...options }) => {
      const [w, g] = [block(arena, n), block(arena, n)];
      return { n, w, g, velocity: hasVelocity ? block(arena, n) : NOWHERE, ...options };
    },
    ROUNDING,
  ),
  adam: cases(
    fc.record({ n: count, alpha: rate, keep1: share, keep2: share, kept: fc.constantFrom(1, Math.fround(0.999)) }),
    (arena, { n, ...options }) => ({
      n,
      w: block(arena, n),
      g: block(arena, n),
      means: block(arena, n),
      squares: blockOf(arena, arena.values(n).map(Math.abs)),
      epsilon: Math.fround(1e-3),
      ...options,
    }),
    ROUNDING,
  ),
  rmsprop: cases(
    fc.record({ n: count, rate, rho: share, momentum: share, isCentered: fc.boolean(), hasMomenta: fc.boolean() }),
    (arena, { n, isCentered, hasMomenta, ...options }) => ({
      n,
      w: block(arena, n),
      g: block(arena, n),
      // More than the square of an average can be.
      squares: blockOf(
        arena,
        arena.values(n).map((value) => Math.fround(2 + value)),
      ),
      momenta: hasMomenta ? block(arena, n) : NOWHERE,
      averages: isCentered ? block(arena, n) : NOWHERE,
      keep: Math.fround(1 - options.rho),
      epsilon: Math.fround(1e-3),
      ...options,
    }),
    ROUNDING,
  ),
});
