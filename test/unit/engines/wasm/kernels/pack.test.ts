import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/pack.js';
import { cases, count, EXACT, gap, holdAgainst } from './harness.js';

/** Bytes of a row of a panel. */
const PANEL_ROW = 32;

const numbers = fc.constantFrom('rows', 'columns', 'neither');

holdAgainst(twins, {
  // The kernel has code of its own for rows and for columns whose numbers are neighbours.
  pack: cases(
    fc.record({ k: count, n: count, neighbours: numbers, gap }),
    (arena, { k, n, neighbours, gap }) => {
      const step = neighbours === 'neither' ? 8 : 4;
      const [row, column] = neighbours === 'columns' ? [step, k * step + gap * 4] : [n * step + gap * 4, step];
      const toPanel = k * PANEL_ROW + gap * 4;
      const from = arena.floats((k * row + n * column) / 4);
      return { k, n, from, row, column, to: arena.floats((Math.ceil(n / 8) * toPanel) / 4), toPanel };
    },
    EXACT,
  ),
  copyPixels: cases(
    fc.record({ rows: count, count, numbers: count, fromGap: gap, toGap: gap }),
    (arena, { rows, count, numbers, fromGap, toGap }) => {
      const [fromPixel, toPixel] = [numbers + fromGap, numbers + toGap].map((size) => size * 4) as [number, number];
      const [fromRow, toRow] = [count * fromPixel + fromGap * 4, count * toPixel + toGap * 4];
      const [from, to] = [arena.floats((rows * fromRow) / 4), arena.floats((rows * toRow) / 4)];
      return { rows, count, size: numbers * 4, from, fromRow, fromPixel, to, toRow, toPixel };
    },
    EXACT,
  ),
  fillZero: cases(fc.record({ n: count }), (arena, { n }) => ({ to: arena.floats(n), bytes: n * 4 }), EXACT),
});
