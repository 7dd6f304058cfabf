import type { Twin } from './twin.js';

/** Taps of a row of the filters, and columns of a panel of packed filters. */
const TAPS = 3;
const PANEL = 8;

export const convolveNarrow: Twin<'convolveNarrow'> = (
  memory,
  { height, width, filterHeight, a, aRow, b, columns, c, cPixel, bias, relu },
) => {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let column = 0; column < columns; column++) {
        let sum = memory.float(bias, column);
        for (let p = 0; p < filterHeight; p++) {
          for (let q = 0; q < TAPS; q++) {
            const panel = Math.floor(column / PANEL) * filterHeight * TAPS;
            const weight = memory.float(b, (panel + p * TAPS + q) * PANEL + (column % PANEL));
            sum += memory.float(a + (y + p) * aRow, x + q) * weight;
          }
        }
        memory.setFloat(c + (y * width + x) * cPixel, column, relu === 1 ? Math.max(sum, 0) : sum);
      }
    }
  }
};
