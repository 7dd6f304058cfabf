import { at, FLOAT, NOWHERE, rowOf, type Address } from '../address.js';
import { matrixProduct, packedRight, PANEL, PANEL_ROW, plainRight } from '../matrixProduct.js';
import type { Shard } from '../program.js';
import {
  defineLayer,
  both,
  onlyInput,
  Options,
  type CompiledLayer,
  type LateWeight,
  type LayerSetup,
} from './layer.js';
import { inPlaceAfter, layerActivation } from './layerActivation.js';

export const dense = defineLayer({
  classes: ['Dense'],
  summary: 'y = f(x W + b) over the last axis.',
  compile: compileDense,
});

/** Approximate size of a block of a late kernel, and the maximum number of its blocks. */
const LATE_BLOCK = 16_384;
const MOST_BLOCKS = 512;

/** y = f(x W + b) over the last axis. */
function compileDense(setup: LayerSetup): CompiledLayer {
  const { layout, runtime, batchSize } = setup;
  const { input, gradient } = onlyInput(setup);
  const options = new Options(setup.node);
  const units = options.number('units', 0);
  const width = input.shape.at(-1) ?? 1;
  const repeats = input.size / width; // vectors of a sample
  const output = setup.output([...input.shape.slice(0, -1), units]);
  const kernel = setup.weight('kernel');
  const bias = options.boolean('use_bias', true) ? setup.weight('bias') : null;
  const activation = layerActivation(setup, units);

  const panels = Math.ceil(units / PANEL);
  const packed = layout.floats(panels * PANEL * width);
  const turnedPanels = Math.ceil(width / PANEL);
  const turned = gradient === NOWHERE ? NOWHERE : layout.floats(turnedPanels * PANEL * units);
  const inner = activation?.needsInput === true ? layout.floats(batchSize * output.size) : output.address;
  const relu = activation?.name === 'relu';

  // y = x W + b
  const forwardProduct = matrixProduct(runtime, {
    columns: units,
    left: { row: width * FLOAT, step: FLOAT },
    right: packedRight(width),
    output: { row: units * FLOAT },
    relu,
  });
  // dW = xᵀ dy
  const kernelProduct = matrixProduct(runtime, {
    columns: units,
    left: { row: FLOAT, step: width * FLOAT },
    right: plainRight(units * FLOAT),
    output: { row: units * FLOAT },
  });
  // dx = dy Wᵀ
  const inputProduct = matrixProduct(runtime, {
    columns: width,
    left: { row: units * FLOAT, step: FLOAT },
    right: packedRight(units),
    output: { row: width * FLOAT },
  });

  const multiply = ({ first, rows }: Shard): void => {
    forwardProduct({
      left: rowOf(input.address, first, input.size),
      right: packed,
      output: rowOf(inner, first, output.size),
      rows: rows * repeats,
      length: width,
      bias: bias?.address ?? NOWHERE,
    });
  };
  const activate = ({ first, rows }: Shard): void => {
    const x = rowOf(inner, first, output.size);
    activation?.apply(runtime.kernels, x, rowOf(output.address, first, output.size), rows * output.size);
  };
  const differentiate = ({ first, rows }: Shard): void => {
    const dy = rowOf(output.gradient, first, output.size);
    const y = rowOf(output.address, first, output.size);
    activation?.differentiate(runtime.kernels, rowOf(inner, first, output.size), y, dy, dy, rows * output.size);
  };
  /** Writes the gradient of the kernel's rows `from` to `to`, from the batch's rows `first` and following. */
  const kernelGradient = (from: number, to: number, first: number, rows: number, gradients: Address): void => {
    kernelProduct({
      left: at(rowOf(input.address, first, input.size), from * FLOAT),
      right: rowOf(output.gradient, first, output.size),
      output: rowOf(gradients, from, units),
      rows: to - from,
      length: rows * repeats,
    });
  };
  /** Packs the kernel's rows `from` to `to`. */
  const pack = (from: number, to: number): void => {
    const row = units * FLOAT;
    const start = rowOf(kernel.address, from, units);
    runtime.kernels.pack(to - from, units, start, row, FLOAT, at(packed, from * PANEL_ROW), width * PANEL_ROW);
    if (turned === NOWHERE) return;
    const panel = at(turned, (from / PANEL) * units * PANEL_ROW);
    runtime.kernels.pack(units, to - from, start, FLOAT, row, panel, units * PANEL_ROW);
  };
  const isLate = kernel.isLate && kernel.gradient(0) !== null;
  const late: LateWeight = {
    weight: kernel,
    block: blockRows(width, units) * units,
    gradient(first, count, rows) {
      const gradients = kernel.gradient(0);
      if (gradients !== null) kernelGradient(first / units, (first + count) / units, 0, rows, gradients);
    },
    pack(first, count) {
      pack(first / units, (first + count) / units);
    },
  };
  const gradients = ({ index, first, rows }: Shard): void => {
    const { kernels } = runtime;
    const count = rows * repeats;
    const dy = rowOf(output.gradient, first, output.size);
    const dKernel = kernel.gradient(index);
    if (dKernel !== null && !isLate) kernelGradient(0, width, first, rows, dKernel);
    const dBias = bias?.gradient(index) ?? null;
    if (dBias !== null) kernels.sumColumns(count, units, dy, units * FLOAT, dBias, 1);
    if (gradient === NOWHERE) return;
    inputProduct({ left: dy, right: turned, output: rowOf(gradient, first, input.size), rows: count, length: units });
  };

  return {
    output,
    multiplyAdds: repeats * kernel.size,
    ...inPlaceAfter(activation),
    ...both([
      { each: 'shard', run: multiply },
      ...(activation === null || relu ? [] : [{ each: 'shard' as const, run: activate }]),
    ]),
    backward: [
      ...(activation === null ? [] : [{ each: 'shard' as const, run: differentiate }]),
      { each: 'shard', run: gradients },
    ],
    pack: [
      () => {
        pack(0, width);
      },
    ],
    ...(isLate ? { late } : {}),
  };
}

/** Rows in a block of a late kernel: a multiple of the width of a panel. */
function blockRows(width: number, units: number): number {
  return Math.ceil(Math.max(LATE_BLOCK / units, width / MOST_BLOCKS) / PANEL) * PANEL;
}
