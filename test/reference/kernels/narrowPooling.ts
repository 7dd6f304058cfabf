import type { Twin } from './twin.js';

/** Rows and columns of the filters, and columns of a panel of packed filters. */
const TAPS = 3;
const PANEL = 8;
/** Rows and columns of a window. */
const WINDOW = 2;

export const convolveNarrowMax: Twin<'convolveNarrowMax'> = (
  memory,
  { outHeight, outWidth, a, aRow, b, columns, c, places, bias, relu },
) => {
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let column = 0; column < columns; column++) {
        let [most, where] = [-Infinity, 0];
        for (let place = 0; place < WINDOW * WINDOW; place++) {
          const [top, left] = [WINDOW * y + Math.floor(place / WINDOW), WINDOW * x + (place % WINDOW)];
          let sum = memory.float(bias, column);
          for (let tap = 0; tap < TAPS * TAPS; tap++) {
            const panel = Math.floor(column / PANEL) * TAPS * TAPS;
            const weight = memory.float(b, (panel + tap) * PANEL + (column % PANEL));
            sum += memory.float(a + (top + Math.floor(tap / TAPS)) * aRow, left + (tap % TAPS)) * weight;
          }
          if (sum > most) [most, where] = [sum, place];
        }
        const i = (y * outWidth + x) * columns + column;
        memory.setFloat(c, i, relu === 1 ? Math.max(most, 0) : most);
        memory.setByte(places, i, where);
      }
    }
  }
};

export const convolveNarrowMaxGradient: Twin<'convolveNarrowMaxGradient'> = (
  memory,
  { outHeight, outWidth, a, aRow, columns, dy, places, dKernel, fresh },
) => {
  for (let column = 0; column < columns; column++) {
    for (let tap = 0; tap < TAPS * TAPS; tap++) {
      let sum = fresh === 1 ? 0 : memory.float(dKernel, tap * columns + column);
      for (let y = 0; y < outHeight; y++) {
        for (let x = 0; x < outWidth; x++) {
          const i = (y * outWidth + x) * columns + column;
          const place = memory.byte(places, i);
          const [top, left] = [WINDOW * y + Math.floor(place / WINDOW), WINDOW * x + (place % WINDOW)];
          sum += memory.float(a + (top + Math.floor(tap / TAPS)) * aRow, left + (tap % TAPS)) * memory.float(dy, i);
        }
      }
      memory.setFloat(dKernel, tap * columns + column, sum);
    }
  }
};
