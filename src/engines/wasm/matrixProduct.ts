import { FLOAT, NOWHERE, type Address } from './address.js';
import type { Runtime } from './program.js';

/** Columns of the right operand that lie side by side in a packed matrix. */
export const PANEL = 8;
/** Bytes of a row of a panel. */
export const PANEL_ROW = PANEL * FLOAT;

/** Flags of the kernel `multiply`. */
const ACCUMULATE = 1;
const RELU = 2;

/**
 * The left operand A. Each row of the output has its own numbers of A. A sum takes them in runs, so the patch of an image needs no copy:
 * each run is a part of the patch without gaps. All distances are in bytes.
 */
export interface LeftOperand {
  /** From the numbers of an output row to those of the next. */
  readonly row: number;
  /** From the numbers of a strip to those of the next. @defaultValue 0 */
  readonly strip?: number;
  /** From a number to the next one of the same run. */
  readonly step: number;
  /** Added after each inner run. @defaultValue 0 */
  readonly innerSkip?: number;
  /** Added after each outer run. @defaultValue 0 */
  readonly outerSkip?: number;
}

/**
 * The right operand B. Each column of the output has its own numbers of B, all at the same distance from each other. Those of 8 columns, a
 * panel, lie side by side. All distances are in bytes.
 */
export interface RightOperand {
  /** From a panel to the next. */
  readonly panel: number;
  /** From a number of a sum to the next. */
  readonly step: number;
}

/** The output C. The columns of a row lie side by side. All distances are in bytes. */
export interface OutputOperand {
  /** From a row to the next. */
  readonly row: number;
  /** From a strip to the next. @defaultValue 0 */
  readonly strip?: number;
}

/** What is known of a matrix product before its operands have a place. */
export interface ProductShape {
  /** Columns of the output. */
  readonly columns: number;
  /** Strips of rows that the output is made of: the rows of an image. @defaultValue 1 */
  readonly strips?: number;
  /** A sum has `outerRuns · innerRuns` runs. @defaultValue 1 */
  readonly outerRuns?: number;
  /** @defaultValue 1 */
  readonly innerRuns?: number;
  readonly left: LeftOperand;
  readonly right: RightOperand;
  readonly output: OutputOperand;
  /** Negative sums become 0. @defaultValue false */
  readonly relu?: boolean;
}

/** Places and lengths of one product. */
export interface ProductOperands {
  readonly left: Address;
  readonly right: Address;
  readonly output: Address;
  /** Rows of the output in a strip. */
  readonly rows: number;
  /** Products in a run of a sum. */
  readonly length: number;
  /** Sums start from these numbers, one for each column. @defaultValue NOWHERE */
  readonly bias?: Address;
  /** Whether the product is added to the output. @defaultValue false */
  readonly accumulate?: boolean;
}

/** C = A B + bias, or C += A B. */
export type MatrixProduct = (operands: ProductOperands) => void;

/**
 * Prepares calls of the kernel `multiply` (kernels/matmul.ts), which computes dense layers, convolutions and all of their gradients:
 *
 * C[s, i, j] = bias[j] + Σ_{outer, inner, k} A(s, i; outer, inner, k) · B(outer, inner, k; j)
 */
export function matrixProduct(runtime: Runtime, shape: ProductShape): MatrixProduct {
  const { columns, strips = 1, outerRuns = 1, innerRuns = 1, relu = false } = shape;
  const {
    row: aRow,
    strip: aStrip = 0,
    step: aStep,
    innerSkip: aInnerSkip = 0,
    outerSkip: aOuterSkip = 0,
  } = shape.left;
  const { panel: bPanel, step: bStep } = shape.right;
  const { row: cRow, strip: cStrip = 0 } = shape.output;
  const flags = relu ? RELU : 0;
  return ({ left, right, output, rows, length, bias = NOWHERE, accumulate = false }) => {
    // prettier-ignore
    runtime.kernels.multiply(
      strips, aStrip, cStrip, rows, columns,
      left, aRow, aStep, aOuterSkip, aInnerSkip, outerRuns, innerRuns, length,
      right, bPanel, bStep, 0, 0,
      output, cRow, bias, accumulate ? flags | ACCUMULATE : flags,
    );
  };
}

/**
 * A right operand that the kernel `pack` has packed.
 * @param depth rows of the packed matrix
 */
export function packedRight(depth: number): RightOperand {
  return { panel: depth * PANEL_ROW, step: PANEL_ROW };
}

/**
 * A right operand as it lies in memory.
 * @param row bytes from a row to the next
 */
export function plainRight(row: number): RightOperand {
  return { panel: PANEL_ROW, step: row };
}
