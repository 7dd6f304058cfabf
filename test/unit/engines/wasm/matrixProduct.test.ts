import { expect, it } from 'vitest';
import { FLOAT, rowOf } from '../../../../src/engines/wasm/address.js';
import { instantiate, loadKernels } from '../../../../src/engines/wasm/kernels.js';
import {
  matrixProduct,
  packedRight,
  PANEL_ROW,
  plainRight,
  type RightOperand,
} from '../../../../src/engines/wasm/matrixProduct.js';
import { Layout } from '../../../../src/engines/wasm/program.js';
import { dot, numbers, worstError } from '../../../reference/numeric.js';

/** Float32 sums of some numbers between −1 and 1 against float64. */
const TOLERANCE = 1e-6;

const [ROWS, DEPTH, COLUMNS] = [5, 7, 11];

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const floats = new Float32Array(memory.buffer);
const kernels = instantiate(loadKernels().module, memory);

const layout = new Layout(64);
const left = layout.floats(ROWS * DEPTH);
const right = layout.floats(DEPTH * COLUMNS);
const packed = layout.floats(DEPTH * 2 * PANEL_ROW);
const output = layout.floats(ROWS * COLUMNS);
const bias = layout.floats(COLUMNS);

const a = numbers(ROWS * DEPTH, 1).map(Math.fround);
const b = numbers(DEPTH * COLUMNS, 2).map(Math.fround);
const c = numbers(ROWS * COLUMNS, 3).map(Math.fround);
const start = numbers(COLUMNS, 4).map(Math.fround);

/** A · B, number by number. */
const product = c.map((_, i) => {
  const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
  const columnOfB = b.filter((_, j) => j % COLUMNS === column);
  return dot(a.slice(row * DEPTH, (row + 1) * DEPTH), columnOfB);
});

function multiply(operand: RightOperand, relu: boolean, rows: number) {
  for (const [address, values] of [
    [left, a],
    [right, b],
    [output, c],
    [bias, start],
  ] as const) {
    floats.set(values, address / FLOAT);
  }
  kernels.pack(DEPTH, COLUMNS, right, COLUMNS * FLOAT, FLOAT, packed, DEPTH * PANEL_ROW);
  const shape = {
    columns: COLUMNS,
    left: { row: DEPTH * FLOAT, step: FLOAT },
    right: operand,
    output: { row: COLUMNS * FLOAT },
    relu,
  };
  return {
    multiply: matrixProduct({ kernels, update: null, seed: 0, iteration: 0, learningRate: 0 }, shape),
    operands: { left, output, rows, length: DEPTH },
    result: () => [...floats.subarray(output / FLOAT, output / FLOAT + ROWS * COLUMNS)],
  };
}

it('multiplies by a matrix that was packed', () => {
  const { multiply: run, operands, result } = multiply(packedRight(DEPTH), false, ROWS);
  run({ ...operands, right: packed });
  expect(worstError(result(), product)).toBeLessThan(TOLERANCE);
});

it('adds the product by a matrix as it lies in memory', () => {
  const { multiply: run, operands, result } = multiply(plainRight(COLUMNS * FLOAT), false, ROWS);
  run({ ...operands, right, accumulate: true });
  const sums = product.map((value, i) => value + (c[i] ?? NaN));
  expect(worstError(result(), sums)).toBeLessThan(TOLERANCE);
});

it('starts from the bias, turns negative sums into 0 and leaves the other rows alone', () => {
  const { multiply: run, operands, result } = multiply(packedRight(DEPTH), true, 1);
  run({ ...operands, left: rowOf(left, 2, DEPTH), right: packed, output: rowOf(output, 2, COLUMNS), bias });
  const expected = c.map((value, i) => {
    if (Math.floor(i / COLUMNS) !== 2) return value;
    return Math.max((product[i] ?? NaN) + (start[i % COLUMNS] ?? NaN), 0);
  });
  expect(worstError(result(), expected)).toBeLessThan(TOLERANCE);
});
