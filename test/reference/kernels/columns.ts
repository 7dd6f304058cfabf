import type { Twin, TwinMemory } from './twin.js';

function columnOf(memory: TwinMemory, x: number, rows: number, columns: number, column: number): number[] {
  return Array.from({ length: rows }, (_, row) => memory.float(x, row * columns + column));
}

export const maxColumns: Twin<'maxColumns'> = (memory, { rows, columns, x, y }) => {
  for (let column = 0; column < columns; column++) {
    memory.setFloat(y, column, Math.max(...columnOf(memory, x, rows, columns, column)));
  }
};

export const maxColumnsGradient: Twin<'maxColumnsGradient'> = (memory, { rows, columns, x, y, dy, dx }) => {
  for (let column = 0; column < columns; column++) {
    const isMost = columnOf(memory, x, rows, columns, column).map((value) => value === memory.float(y, column));
    const share = memory.float(dy, column) / isMost.filter(Boolean).length;
    isMost.forEach((is, row) => {
      memory.setFloat(dx, row * columns + column, is ? share : 0);
    });
  }
};
