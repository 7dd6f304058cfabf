import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/columns.js';
import { cases, count, EXACT, holdAgainst, positive, ROUNDING } from './harness.js';

const sizes = fc.record({ rows: positive, columns: count });

holdAgainst(twins, {
  maxColumns: cases(
    fc.record({ rows: positive, columns: count, nan: fc.nat(100) }),
    (arena, { rows, columns, nan }) => {
      const x = arena.floats(arena.values(rows * columns).map((value, i) => (i === nan ? NaN : value)));
      return { rows, columns, x, y: arena.floats(columns) };
    },
    EXACT,
  ),
  // Whole numbers are often equal, so that they share a gradient.
  maxColumnsGradient: cases(
    sizes,
    (arena, { rows, columns }) => {
      const x = arena.wholes(rows * columns, 2);
      const y = Array.from({ length: columns }, (_, column) => Math.max(...x.filter((_, i) => i % columns === column)));
      const dx = arena.floats(rows * columns);
      return { rows, columns, x: arena.floats(x), y: arena.floats(y), dy: arena.floats(columns), dx };
    },
    ROUNDING,
  ),
});
