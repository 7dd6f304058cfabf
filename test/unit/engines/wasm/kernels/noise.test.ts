import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/noise.js';
import { cases, count, holdAgainst, ROUNDING } from './harness.js';

/** Of normal numbers, which are as large as 6. */
const NORMAL_TOLERANCE = 2e-6;

holdAgainst(twins, {
  normalNoise: cases(
    fc.record({ size: count, row: fc.nat(100) }),
    (arena, { size, row }) => ({
      to: arena.roundedFloats(size, 16),
      row,
      size,
      mean: arena.value(),
      deviation: arena.value(),
      key0: arena.word(),
      key1: arena.word(),
      iterationLow: arena.word(),
      iterationHigh: arena.word() & 0xffff,
    }),
    NORMAL_TOLERANCE,
  ),
  replaceMasked: cases(
    fc.record({ n: count, isInPlace: fc.boolean() }),
    (arena, { n, isInPlace }) => {
      const x = arena.floats(n);
      const y = isInPlace ? x : arena.floats(n);
      return { x, mask: arena.mask(n), y, n, factor: arena.value(), shift: arena.value(), dropped: arena.value() };
    },
    ROUNDING,
  ),
});
