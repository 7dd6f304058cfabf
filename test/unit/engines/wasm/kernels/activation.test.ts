import fc from 'fast-check';
import { ACTIVATIONS, type ActivationFunction } from '../../../../reference/activations.js';
import * as twins from '../../../../reference/kernels/activation.js';
import { cases, count, holdAgainst, ROUNDING, SUM, type Arena } from './harness.js';

const activation = fc.constantFrom(...Object.values<ActivationFunction>(ACTIVATIONS));
const alpha = fc.constantFrom(1, 0.3).map(Math.fround);

/** From −6 to 6, where all functions bend. */
const argumentsOf = (arena: Arena, n: number) => arena.values(n).map((value) => Math.fround(6 * value));

holdAgainst(twins, {
  activate: cases(
    fc.record({ activation, n: count, alpha, isInPlace: fc.boolean() }),
    (arena, { activation, n, alpha, isInPlace }) => {
      const x = arena.floats(argumentsOf(arena, n));
      return { kind: activation.code, x, y: isInPlace ? x : arena.floats(n), n, alpha };
    },
    ROUNDING,
  ),
  activateGradient: cases(
    fc.record({ activation, n: count, alpha, isInPlace: fc.boolean() }),
    (arena, { activation: { code, f, slopeOfValue }, n, alpha, isInPlace }) => {
      const x = argumentsOf(arena, n);
      const y = x.map((value) => Math.fround(f(value, alpha)));
      const dy = arena.floats(n);
      return {
        kind: code,
        x: arena.optionalFloats(slopeOfValue === undefined, x),
        y: arena.optionalFloats(slopeOfValue !== undefined, y),
        dy,
        dx: isInPlace ? dy : arena.floats(n),
        n,
        alpha,
      };
    },
    ROUNDING,
  ),
  softmax: cases(
    fc.record({ rows: count, size: count, isInPlace: fc.boolean() }),
    (arena, { rows, size, isInPlace }) => {
      const x = arena.floats(argumentsOf(arena, rows * size));
      return { rows, size, x, y: isInPlace ? x : arena.floats(rows * size) };
    },
    ROUNDING,
  ),
  softmaxGradient: cases(
    fc.record({ rows: count, size: count, isInPlace: fc.boolean() }),
    (arena, { rows, size, isInPlace }) => {
      const dy = arena.floats(rows * size);
      return { rows, size, y: arena.floats(rows * size), dy, dx: isInPlace ? dy : arena.floats(rows * size) };
    },
    SUM,
  ),
});
