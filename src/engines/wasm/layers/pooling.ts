import type { Shape } from '../../../protocol/plan.js';
import { at, FLOAT, NOWHERE, rowOf, type Address } from '../address.js';
import type { LayerNode } from '../network.js';
import type { Op } from '../program.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';
import { axis, isTiled, paddingOf, type Axis } from './windows.js';

export const maxPooling = defineLayer({
  classes: ['MaxPooling1D', 'MaxPooling2D'],
  summary: 'Max pooling.',
  compile: compileMaxPooling,
});

/** Windows of a pooling layer of one or two dimensions. */
export function poolingWindows(
  node: LayerNode,
  input: Shape,
): { y: Axis; x: Axis; channels: number; outputShape: Shape } {
  const options = new Options(node);
  options.expect('data_format', 'channels_last');
  const padding = paddingOf(options);
  const dimensions = input.length - 1;
  const windows = options.numbers('pool_size', dimensions, 2);
  const strides = node.config['strides'] === null ? windows : options.numbers('strides', dimensions, 2);
  const along = (dimension: number): Axis =>
    axis(input[dimension] ?? 1, windows[dimension] ?? 1, strides[dimension] ?? 1, 1, padding);
  const channels = input.at(-1) ?? 1;
  if (dimensions === 1) {
    const x = along(0);
    return { y: axis(1, 1, 1, 1, 'valid'), x, channels, outputShape: [x.count, channels] };
  }
  const [y, x] = [along(0), along(1)];
  return { y, x, channels, outputShape: [y.count, x.count, channels] };
}

/** Max pooling, one sample at a time. */
export interface MaxPooling {
  readonly outputShape: Shape;
  /** Whether all windows are 2 by 2, lie in the image, and do not overlap. */
  readonly isPlain: boolean;
  /** For each number of a sample's output, a byte with its place in its window. */
  places(row: number): Address;
  forward(row: number, from: Address, to: Address): void;
  /** Writes ∂L/∂input to `to`. */
  backward(row: number, dy: Address, to: Address): void;
}

/** A place in a window is kept as a byte. */
const MOST_PLACES = 256;

/** @param pixel numbers from a pixel of the input to the next */
export function planMaxPooling(
  { layout, runtime, batchSize }: LayerSetup,
  node: LayerNode,
  input: Shape,
  pixel: number,
): MaxPooling {
  const { y, x, channels, outputShape } = poolingWindows(node, input);
  if (y.window * x.window > MOST_PLACES) new Options(node).refuse('pool_size');
  const size = y.count * x.count * channels;
  const first = layout.bytes(batchSize * size);
  const places = (row: number): Address => at(first, row * size);
  const overlap = y.stride < y.window || x.stride < x.window;
  const bytes = y.size * x.size * pixel * FLOAT;
  return {
    outputShape,
    isPlain: isPlain(y) && isPlain(x),
    places,
    forward(row, from, to) {
      // prettier-ignore
      runtime.kernels.maxPool(
        y.size, x.size, channels, from, x.size * pixel * FLOAT, pixel * FLOAT,
        y.count, x.count, to, places(row),
        y.window, x.window, y.stride, x.stride, y.before, x.before,
      );
    },
    backward(row, dy, to) {
      if (!isTiled(y) || !isTiled(x)) runtime.kernels.fillZero(to, bytes);
      // prettier-ignore
      runtime.kernels.maxPoolGradient(
        y.size, x.size, channels, to, x.size * pixel * FLOAT, pixel * FLOAT,
        y.count, x.count, dy, places(row),
        y.window, x.window, y.stride, x.stride, y.before, x.before, overlap ? 1 : 0,
      );
    },
  };
}

function isPlain({ size, window, stride, count }: Axis): boolean {
  return window === 2 && stride === 2 && count * 2 <= size;
}

/** MaxPooling1D and MaxPooling2D. */
function compileMaxPooling(setup: LayerSetup): CompiledLayer {
  const { input, gradient } = onlyInput(setup);
  const pool = planMaxPooling(setup, setup.node, input.shape, input.shape.at(-1) ?? 1);
  const output = setup.output(pool.outputShape);
  const forward: Op[] = [
    {
      each: 'row',
      run(row) {
        pool.forward(row, rowOf(input.address, row, input.size), rowOf(output.address, row, output.size));
      },
    },
  ];
  const backward: Op = {
    each: 'row',
    run(row) {
      if (gradient === NOWHERE) return;
      pool.backward(row, rowOf(output.gradient, row, output.size), rowOf(gradient, row, input.size));
    },
  };
  return { output, inPlace: { relu: null }, ...both(forward), backward: [backward] };
}
