import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/sums.js';
import { count, flag, gap, holdAgainst, linearCases } from './harness.js';

holdAgainst(twins, {
  sumColumns: linearCases(fc.record({ rows: count, columns: count, gap, fresh: flag }), (arena, { gap, ...sizes }) => {
    const row = sizes.columns + gap;
    return { ...sizes, x: arena.floats(sizes.rows * row), row: row * 4, sums: arena.floats(sizes.columns) };
  }),
  addTo: linearCases(fc.record({ n: count }), (arena, { n }) => ({ x: arena.floats(n), y: arena.floats(n), n })),
});
