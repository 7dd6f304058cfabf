import { FLOAT, NOWHERE, rowOf, type Address } from '../address.js';
import type { LayerNode } from '../network.js';
import type { Op, Shard } from '../program.js';
import { Convolution, Scratch } from './convolution.js';
import { inPlaceAfter, layerActivation } from './layerActivation.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';
import { planMaxPooling, type MaxPooling } from './pooling.js';
import { axis, paddingOf, type Axis } from './windows.js';

export const convolution = defineLayer({
  classes: ['Conv1D', 'Conv2D'],
  summary: 'Convolutions with any kernel, strides and dilation.',
  compile: compileConvolution,
  joined: { of: 'Conv2D', with: 'MaxPooling2D', compile: compileConvolutionAndPooling },
});

/** Conv1D and Conv2D. */
export function compileConvolution(setup: LayerSetup): CompiledLayer {
  const { layout, runtime, batchSize } = setup;
  const { y, x, filters } = readShape(setup);
  const activation = layerActivation(setup, filters);
  const relu = activation?.name === 'relu';
  const convolution = makeConvolution(setup, { y, x, filters, pixel: filters, relu });
  const output = setup.output(setup.node.className === 'Conv1D' ? [x.count, filters] : [y.count, x.count, filters]);
  const inner = activation?.needsInput === true ? layout.floats(batchSize * output.size) : output.address;
  const forward: Op[] = [
    {
      each: 'row',
      run(row, shard) {
        const to = rowOf(inner, row, output.size);
        convolution.forward(row, shard, to);
        if (!relu) activation?.apply(runtime.kernels, to, rowOf(output.address, row, output.size), output.size);
      },
    },
  ];
  const backward: Op = {
    each: 'row',
    run(row, shard) {
      const dy = rowOf(output.gradient, row, output.size);
      const result = rowOf(output.address, row, output.size);
      activation?.differentiate(runtime.kernels, rowOf(inner, row, output.size), result, dy, dy, output.size);
      convolution.backward(row, shard, dy);
      convolution.biasBackward(row, shard, dy, y.count * x.count, filters);
    },
  };
  return {
    output,
    multiplyAdds: convolution.multiplyAdds,
    ...inPlaceAfter(activation),
    ...both(forward),
    backward: [backward],
    pack: [convolution.pack],
  };
}

/**
 * A Conv2D whose only use is a MaxPooling2D, computed sample by sample. The convolution's own output, the largest array of many networks,
 * is kept for one sample only. Null where the two can't be joined.
 */
export function compileConvolutionAndPooling(setup: LayerSetup, pooling: LayerNode): CompiledLayer | null {
  const { runtime } = setup;
  const { y, x, filters } = readShape(setup);
  const activation = layerActivation(setup, filters);
  if (activation !== null && activation.name !== 'relu') return null;
  const pixel = Math.ceil(filters / 4) * 4;
  const pool = planMaxPooling(setup, pooling, [y.count, x.count, filters], pixel);
  const convolution = makeConvolution(setup, { y, x, filters, pixel, relu: activation !== null });
  const bytes = y.count * x.count * pixel * FLOAT;
  const output = setup.output(pool.outputShape);
  const pooled =
    convolution.hasMax && pool.isPlain ? oneKernel(convolution, pool) : twoKernels(setup, convolution, pool, bytes);
  const forward: Op[] = [
    {
      each: 'row',
      run(row, shard) {
        pooled.forward(row, shard, rowOf(output.address, row, output.size));
      },
    },
  ];
  const backward: Op = {
    each: 'row',
    run(row, shard) {
      const dy = rowOf(output.gradient, row, output.size);
      const result = rowOf(output.address, row, output.size);
      // The maximum of a window and ReLU give the same in either order.
      activation?.differentiate(runtime.kernels, NOWHERE, result, dy, dy, output.size);
      convolution.biasBackward(row, shard, dy, output.size / filters, filters);
      pooled.backward(row, shard, dy);
    },
  };
  return {
    output,
    multiplyAdds: convolution.multiplyAdds,
    ...inPlaceAfter(activation),
    ...both(forward),
    backward: [backward],
    pack: [convolution.pack],
  };
}

/** A convolution and its pooling, for one sample. */
interface PooledConvolution {
  forward(row: number, shard: Shard, to: Address): void;
  /** @param dy place of the gradient of the pooled output */
  backward(row: number, shard: Shard, dy: Address): void;
}

/** Both in one kernel. */
function oneKernel(convolution: Convolution, pool: MaxPooling): PooledConvolution {
  const [height = 1, width = 1] = pool.outputShape;
  return {
    forward(row, shard, to) {
      convolution.forwardMax(row, shard, { to, places: pool.places(row), height, width });
    },
    backward(row, shard, dy) {
      convolution.backwardMax(row, shard, { to: dy, places: pool.places(row), height, width });
    },
  };
}

/**
 * One after the other.
 * @param bytes of a sample's output before pooling
 */
function twoKernels(setup: LayerSetup, convolution: Convolution, pool: MaxPooling, bytes: number): PooledConvolution {
  const sample = new Scratch(setup, setup.shards, bytes);
  const gradient = setup.training ? new Scratch(setup, setup.shards, bytes) : null;
  return {
    forward(row, shard, to) {
      const inner = sample.address(shard);
      convolution.forward(row, shard, inner);
      pool.forward(row, inner, to);
    },
    backward(row, shard, dy) {
      if (gradient === null) return;
      pool.backward(row, dy, gradient.address(shard));
      convolution.backward(row, shard, gradient.address(shard));
    },
  };
}

interface Shape {
  readonly y: Axis;
  readonly x: Axis;
  readonly filters: number;
}

function readShape(setup: LayerSetup): Shape {
  const { input } = onlyInput(setup);
  const options = new Options(setup.node);
  options.expect('data_format', 'channels_last');
  const padding = paddingOf(options);
  const filters = options.number('filters', 0);
  const dimensions = setup.node.className === 'Conv1D' ? 1 : 2;
  const windows = options.numbers('kernel_size', dimensions, 1);
  const strides = options.numbers('strides', dimensions, 1);
  const dilations = options.numbers('dilation_rate', dimensions, 1);
  const along = (dimension: number): Axis =>
    axis(
      input.shape[dimension] ?? 1,
      windows[dimension] ?? 1,
      strides[dimension] ?? 1,
      dilations[dimension] ?? 1,
      padding,
    );
  const single = axis(1, 1, 1, 1, 'valid');
  return dimensions === 1 ? { y: single, x: along(0), filters } : { y: along(0), x: along(1), filters };
}

function makeConvolution(setup: LayerSetup, shape: Shape & { pixel: number; relu: boolean }): Convolution {
  const bias = new Options(setup.node).boolean('use_bias', true) ? setup.weight('bias') : null;
  return new Convolution(setup, shape, setup.weight('kernel'), bias);
}
