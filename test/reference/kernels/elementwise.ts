import type { Twin } from './twin.js';

const OPERATIONS: readonly ((a: number, b: number) => number)[] = [
  (a, b) => a + b,
  (a, b) => a * b,
  Math.max,
  Math.min,
];

export const combine: Twin<'combine'> = (memory, { kind, a, b, y, n }) => {
  const operation = OPERATIONS[kind];
  if (operation === undefined) throw new RangeError(`There is no operation ${kind}`);
  for (let i = 0; i < n; i++) memory.setFloat(y, i, operation(memory.float(a, i), memory.float(b, i)));
};

export const scale: Twin<'scale'> = (memory, { x, y, n, factor }) => {
  for (let i = 0; i < n; i++) memory.setFloat(y, i, memory.float(x, i) * factor);
};

export const takeGradient: Twin<'takeGradient'> = (memory, { x, y, dy, dx, n }) => {
  for (let i = 0; i < n; i++) {
    const isTaken = memory.float(x, i) === memory.float(y, i);
    const gradient = memory.float(dy, i);
    if (dx !== 0) memory.setFloat(dx, i, isTaken ? gradient : 0);
    memory.setFloat(dy, i, isTaken ? 0 : gradient);
  }
};
