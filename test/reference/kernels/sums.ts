import type { Twin } from './twin.js';

export const sumColumns: Twin<'sumColumns'> = (memory, { rows, columns, x, row, sums, fresh }) => {
  for (let column = 0; column < columns; column++) {
    let sum = fresh === 1 ? 0 : memory.float(sums, column);
    for (let i = 0; i < rows; i++) sum += memory.float(x + i * row, column);
    memory.setFloat(sums, column, sum);
  }
};

export const addTo: Twin<'addTo'> = (memory, { x, y, n }) => {
  for (let i = 0; i < n; i++) memory.addFloat(x, i, memory.float(y, i));
};
