import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/elementwise.js';
import { cases, count, EXACT, holdAgainst, linearCases } from './harness.js';

holdAgainst(twins, {
  combine: linearCases(
    fc.record({
      kind: fc.constantFrom(0, 1, 2, 3),
      n: count,
      target: fc.constantFrom('a', 'b', 'other'),
      nan: fc.nat(40),
    }),
    (arena, { kind, n, target, nan }) => {
      const withNaN = arena.values(n).map((value, i) => (i === nan ? NaN : value));
      const [a, b] = [arena.floats(withNaN), arena.floats(n)];
      const y = { a, b, other: arena.floats(n) }[target];
      return { kind, a, b, y, n };
    },
  ),
  scale: linearCases(fc.record({ n: count, isInPlace: fc.boolean() }), (arena, { n, isInPlace }) => {
    const x = arena.floats(n);
    return { x, y: isInPlace ? x : arena.floats(n), n, factor: arena.value() };
  }),
  // Of whole numbers from −1 to 1, a third are equal.
  takeGradient: cases(
    fc.record({ n: count, isWanted: fc.boolean() }),
    (arena, { n, isWanted }) => ({
      x: arena.floats(arena.wholes(n, 1)),
      y: arena.floats(arena.wholes(n, 1)),
      dy: arena.floats(n),
      dx: arena.optionalFloats(isWanted, n),
      n,
    }),
    EXACT,
  ),
});
