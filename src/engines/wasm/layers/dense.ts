import { RELU } from '../kernels.js';
import { FLOAT, rowOf, type Shard } from '../program.js';
import { layerActivation } from './activations.js';
import { both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

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
  const gradients = ({ index, first, rows }: Shard): void => {
    const { kernels } = runtime;
    const count = rows * repeats;
    const dy = rowOf(output.gradient, first, output.size);
    const dKernel = kernel.gradient(index);
    if (dKernel !== null) {
      // prettier-ignore
      kernels.multiply(
        1, 0, 0, width, units,
        rowOf(input.address, first, input.size), FLOAT, width * FLOAT, 0, 0, 1, 1, count,
        dy, 32, units * FLOAT, 0, 0,
        dKernel, units * FLOAT, 0, 0,
      );
    }
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
    ...both([
      { each: 'shard', run: multiply },
      ...(activation === null || flags === RELU ? [] : [{ each: 'shard' as const, run: activate }]),
    ]),
    backward: [
      ...(activation === null ? [] : [{ each: 'shard' as const, run: differentiate }]),
      { each: 'shard', run: gradients },
    ],
    pack: [
      () => runtime.kernels.pack(width, units, kernel.address, units * FLOAT, FLOAT, packed, width * 32),
      ...(turned === 0
        ? []
        : [() => runtime.kernels.pack(units, width, kernel.address, FLOAT, units * FLOAT, turned, units * 32)]),
    ],
  };
}
