import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/layerNorm.js';
import { cases, count, flag, holdAgainst, positive } from './harness.js';

/** The mean is rounded to float32 before it is subtracted, and the difference multiplied by up to 1 / √ε. */
const NORMALIZED_TOLERANCE = 1e-5;
const EPSILON = 1e-3;

const sizes = fc.record({ groups: count, n: positive });

holdAgainst(twins, {
  layerNorm: cases(
    fc.tuple(sizes, fc.boolean(), fc.boolean()),
    (arena, [{ groups, n }, hasGamma, hasBeta]) => ({
      groups,
      n,
      x: arena.floats(groups * n),
      gamma: arena.optionalFloats(hasGamma, n),
      beta: arena.optionalFloats(hasBeta, n),
      epsilon: EPSILON,
      moments: arena.floats(2 * groups),
      y: arena.floats(groups * n),
    }),
    NORMALIZED_TOLERANCE,
  ),
  layerNormGradient: cases(
    fc.tuple(
      sizes,
      fc.record({ gamma: fc.boolean(), dGamma: fc.boolean(), dBeta: fc.boolean(), dx: fc.boolean() }),
      flag,
    ),
    (arena, [{ groups, n }, has, fresh]) => ({
      groups,
      n,
      x: arena.floats(groups * n),
      gamma: arena.optionalFloats(has.gamma, n),
      moments: arena.floats(2 * groups),
      dy: arena.floats(groups * n),
      dGamma: arena.optionalFloats(has.dGamma, n),
      dBeta: arena.optionalFloats(has.dBeta, n),
      dx: arena.optionalFloats(has.dx, groups * n),
      fresh,
    }),
    NORMALIZED_TOLERANCE,
  ),
});
