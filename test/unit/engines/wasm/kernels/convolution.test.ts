import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/convolution.js';
import { count, few, flag, gap, holdAgainst, linearCases } from './harness.js';

const TAPS = 3;
const PANEL = 8;
const fours = fc.constantFrom(0, 4, 8, 12, 20);

holdAgainst(twins, {
  convolveNarrow: linearCases(
    fc.record({
      height: count,
      width: fours,
      filterHeight: few,
      columns: fours,
      rowGap: gap,
      pixelGap: gap,
      relu: flag,
    }),
    (arena, { height, width, filterHeight, columns, rowGap, pixelGap, relu }) => {
      const aRow = width + TAPS - 1 + rowGap;
      const cPixel = columns + pixelGap;
      const panels = Math.ceil(columns / PANEL);
      return {
        height,
        width,
        filterHeight,
        a: arena.floats((height + filterHeight - 1) * aRow),
        aRow: aRow * 4,
        b: arena.floats(panels * filterHeight * TAPS * PANEL),
        columns,
        c: arena.floats(height * width * cPixel),
        cPixel: cPixel * 4,
        bias: arena.floats(columns),
        relu,
      };
    },
  ),
});
