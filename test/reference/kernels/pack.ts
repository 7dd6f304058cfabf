import type { Twin } from './twin.js';

/** Columns of a panel. */
const PANEL = 8;

export const pack: Twin<'pack'> = (memory, { k, n, from, row, column, to, toPanel }) => {
  for (let panel = 0; panel * PANEL < n; panel++) {
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < PANEL; j++) {
        const isInside = panel * PANEL + j < n;
        const value = isInside ? memory.float(from + i * row + (panel * PANEL + j) * column) : 0;
        memory.setFloat(to + panel * toPanel, i * PANEL + j, value);
      }
    }
  }
};

export const copyPixels: Twin<'copyPixels'> = (
  memory,
  { rows, count, size, from, fromRow, fromPixel, to, toRow, toPixel },
) => {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < count; j++) {
      for (let k = 0; k * 4 < size; k++) {
        memory.setFloat(to + i * toRow + j * toPixel, k, memory.float(from + i * fromRow + j * fromPixel, k));
      }
    }
  }
};

export const fillZero: Twin<'fillZero'> = (memory, { to, bytes }) => {
  for (let i = 0; i * 4 < bytes; i++) memory.setFloat(to, i, 0);
};
