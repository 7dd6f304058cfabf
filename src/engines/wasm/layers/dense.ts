import { RELU } from '../kernels.js';
import { FLOAT, rowOf, type Shard } from '../program.js';
import { layerActivation, looseAfter } from './activations.js';
import { both, onlyInput, Options, type CompiledLayer, type LateWeight, type LayerSetup } from './layer.js';

/** Numbers of a kernel that are updated at once, about; and the most parts that it is cut into. */
const LATE_BLOCK = 16_384;
const MOST_BLOCKS = 512;

/** y = f(x W + b) over the last axis. */
export function compileDense(setup: LayerSetup): CompiledLayer {
  const { layout, runtime, batchSize } = setup;
  const { input, gradient } = onlyInput(setup);
  const options = new Options(setup.node);
  const units = options.number('units', 0);
  const width = input.shape.at(-1) ?? 1;
  const repeats = input.size / width; // how many vectors a sample has
  const output = setup.output([...input.shape.slice(0, -1), units]);
  const kernel = setup.weight('kernel');
  const bias = options.boolean('use_bias', true) ? setup.weight('bias') : null;
  const activation = layerActivation(setup, units);

  const panels = Math.ceil(units / 8);
  const packed = layout.floats(panels * 8 * width);
  const turnedPanels = Math.ceil(width / 8);
  const turned = gradient === 0 ? 0 : layout.floats(turnedPanels * 8 * units);
  const inner = activation?.needsInput === true ? layout.floats(batchSize * output.size) : output.address;
  const flags = activation?.name === 'relu' ? RELU : 0;

  const multiply = ({ first, rows }: Shard): void => {
    // prettier-ignore
    runtime.kernels.multiply(
      1, 0, 0, rows * repeats, units,
      rowOf(input.address, first, input.size), width * FLOAT, FLOAT, 0, 0, 1, 1, width,
      packed, width * 32, 32, 0, 0,
      rowOf(inner, first, output.size), units * FLOAT, bias?.address ?? 0, flags,
    );
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
  /** The gradient of some rows of the kernel, from samples one after the other. */
  const kernelGradient = (from: number, to: number, first: number, samples: number, place: number): void => {
    const x = rowOf(input.address, first, input.size) + from * FLOAT;
    // prettier-ignore
    runtime.kernels.multiply(
      1, 0, 0, to - from, units,
      x, FLOAT, width * FLOAT, 0, 0, 1, 1, samples * repeats,
      rowOf(output.gradient, first, output.size), 32, units * FLOAT, 0, 0,
      place + from * units * FLOAT, units * FLOAT, 0, 0,
    );
  };
  const pack = (from: number, to: number): void => {
    const row = units * FLOAT;
    const at = kernel.address + from * row;
    runtime.kernels.pack(to - from, units, at, row, FLOAT, packed + from * 32, width * 32);
    if (turned !== 0)
      runtime.kernels.pack(units, to - from, at, FLOAT, row, turned + (from / 8) * units * 32, units * 32);
  };
  const isLate = kernel.isLate && kernel.gradient(0) !== null;
  const late: LateWeight = {
    weight: kernel,
    block: blockRows(width, units) * units,
    gradient(first, count, rows) {
      const place = kernel.gradient(0);
      if (place !== null) kernelGradient(first / units, (first + count) / units, 0, rows, place);
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
    if (gradient !== 0) {
      // prettier-ignore
      kernels.multiply(
        1, 0, 0, count, width,
        dy, units * FLOAT, FLOAT, 0, 0, 1, 1, units,
        turned, units * 32, 32, 0, 0,
        rowOf(gradient, first, input.size), width * FLOAT, 0, 0,
      );
    }
  };

  return {
    output,
    multiplyAdds: repeats * kernel.size,
    ...looseAfter(activation),
    ...both([
      { each: 'shard', run: multiply },
      ...(activation === null || flags === RELU ? [] : [{ each: 'shard' as const, run: activate }]),
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

/** Rows of a kernel that are updated at once: a multiple of 8, as panels are. */
function blockRows(width: number, units: number): number {
  return Math.ceil(Math.max(LATE_BLOCK / units, width / MOST_BLOCKS) / 8) * 8;
}
