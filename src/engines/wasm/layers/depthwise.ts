import type { Shape } from '../../../protocol/plan.js';
import { at, FLOAT, NOWHERE, rowOf, type Address } from '../address.js';
import { allocateTensor, type Op, type Runtime, type Shard, type Tensor } from '../program.js';
import { compileConvolution } from './conv2d.js';
import { Scratch } from './convolution.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup, type Weight } from './layer.js';
import { layerActivation } from './layerActivation.js';
import { axis, paddingOf, spreadLength, type Axis } from './windows.js';

export const depthwise = defineLayer({
  classes: ['DepthwiseConv2D'],
  summary: 'A convolution of each channel by itself.',
  compile: compileDepthwise,
});

export const separable = defineLayer({
  classes: ['SeparableConv2D'],
  summary: 'A depthwise convolution, then one of 1 x 1.',
  compile: compileSeparable,
});

/** DepthwiseConv2D. */
export function compileDepthwise(setup: LayerSetup): CompiledLayer {
  const { layout, runtime, batchSize } = setup;
  const options = new Options(setup.node);
  // tfjs ignores this option and Keras heeds it, so the same JSON means another model in each.
  if (options.numbers('dilation_rate', 2, 1).some((rate) => rate !== 1)) options.refuse('dilation_rate');
  const convolution = new Depthwise(setup, setup.weight('depthwise_kernel'));
  const bias = options.boolean('use_bias', true) ? setup.weight('bias') : null;
  const output = setup.output(convolution.outputShape);
  const channels = output.shape.at(-1) ?? 1;
  const activation = layerActivation(setup, channels);
  const inner = activation?.needsInput === true ? layout.floats(batchSize * output.size) : output.address;
  const forward: Op = {
    each: 'row',
    run(row, shard) {
      const to = rowOf(inner, row, output.size);
      convolution.forward(row, shard, to, bias?.address ?? NOWHERE);
      activation?.apply(runtime.kernels, to, rowOf(output.address, row, output.size), output.size);
    },
  };
  const backward: Op = {
    each: 'row',
    run(row, shard) {
      const { kernels } = runtime;
      const dy = rowOf(output.gradient, row, output.size);
      const result = rowOf(output.address, row, output.size);
      activation?.differentiate(kernels, rowOf(inner, row, output.size), result, dy, dy, output.size);
      const dBias = bias?.gradient(shard.index) ?? null;
      const fresh = row === shard.first ? 1 : 0;
      if (dBias !== null) kernels.sumColumns(output.size / channels, channels, dy, channels * FLOAT, dBias, fresh);
      convolution.backward(row, shard, dy);
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}

/** SeparableConv2D: a depthwise convolution, then a convolution of 1 by 1 that has the bias and the activation. */
function compileSeparable(setup: LayerSetup): CompiledLayer {
  const { node, layout, batchSize } = setup;
  const kernel = setup.weight('depthwise_kernel');
  const convolution = new Depthwise(setup, kernel);
  const isDifferentiated = setup.training && (onlyInput(setup).gradient !== NOWHERE || kernel.gradient(0) !== null);
  const inner = allocateTensor(layout, convolution.outputShape, batchSize, isDifferentiated);
  const { train, infer, backward, ...pointwise } = compileConvolution({
    ...setup,
    node: { ...node, config: { ...node.config, kernel_size: 1, strides: 1, dilation_rate: 1, padding: 'valid' } },
    inputs: [inner],
    inputGradients: [inner.gradient],
    weight: (name) => setup.weight(name === 'kernel' ? 'pointwise_kernel' : name),
  });
  const forward: Op = {
    each: 'row',
    run(row, shard) {
      convolution.forward(row, shard, rowOf(inner.address, row, inner.size), NOWHERE);
    },
  };
  const differentiate: Op = {
    each: 'row',
    run(row, shard) {
      convolution.backward(row, shard, rowOf(inner.gradient, row, inner.size));
    },
  };
  return {
    ...pointwise,
    train: [forward, ...train],
    infer: [forward, ...infer],
    backward: [...backward, ...(isDifferentiated ? [differentiate] : [])],
  };
}

/**
 * A convolution of each channel with filters of its own, one sample at a time: see the kernel `depthwise`. If a channel has several filters,
 * each channel of the image is copied once for each of them. The gradient of the input is a convolution of the output's gradient,
 * with zeros between its pixels for the strides, with the filters turned by 180 degrees.
 */
class Depthwise {
  readonly #runtime: Runtime;
  readonly #input: Tensor;
  readonly #inputGradient: Address;
  readonly #y: Axis;
  readonly #x: Axis;
  readonly #channels: number;
  /** Filters of a channel. */
  readonly #multiplier: number;
  /** Bytes of an output pixel, of a row of the padded input, and of a row of the spread gradient. */
  readonly #pixel: number;
  readonly #inputRow: number;
  readonly #spreadRow: number;
  readonly #padded: Scratch | null;
  readonly #spread: Scratch | null;
  /** The gradient of the image that has several copies of each channel. */
  readonly #copies: Scratch | null;

  constructor(
    setup: LayerSetup,
    private readonly kernel: Weight,
  ) {
    const { shards, runtime } = setup;
    const { input, gradient } = onlyInput(setup);
    const options = new Options(setup.node);
    options.expect('data_format', 'channels_last');
    const padding = paddingOf(options);
    const [height = 1, width = 1, channels = 1] = input.shape;
    const [strideY = 1, strideX = 1] = options.numbers('strides', 2, 1);
    const [dilationY = 1, dilationX = 1] = options.numbers('dilation_rate', 2, 1);
    // tfjs leaves `depth_multiplier` out of a SeparableConv2D's JSON.
    const [windowY = 1, windowX = 1, , multiplier = 1] = kernel.shape;
    const y = axis(height, windowY, strideY, dilationY, padding);
    const x = axis(width, windowX, strideX, dilationX, padding);
    this.#runtime = runtime;
    this.#input = input;
    this.#inputGradient = gradient;
    this.#y = y;
    this.#x = x;
    this.#channels = channels;
    this.#multiplier = multiplier;
    this.#pixel = channels * multiplier * FLOAT;
    const [paddedHeight, paddedWidth] = [y.before + y.size + y.after, x.before + x.size + x.after];
    this.#inputRow = paddedWidth * this.#pixel;
    const isCopied = paddedHeight > y.size || paddedWidth > x.size || multiplier > 1;
    this.#padded = isCopied ? new Scratch(setup, shards, paddedHeight * this.#inputRow) : null;
    const [spreadHeight, spreadWidth] = [spreadLength(y), spreadLength(x)];
    this.#spreadRow = spreadWidth * this.#pixel;
    const isSpread = gradient !== NOWHERE && (spreadHeight > y.count || spreadWidth > x.count);
    this.#spread = isSpread ? new Scratch(setup, shards, spreadHeight * this.#spreadRow) : null;
    this.#copies =
      gradient !== NOWHERE && multiplier > 1 ? new Scratch(setup, shards, height * width * this.#pixel) : null;
  }

  get outputShape(): Shape {
    return [this.#y.count, this.#x.count, this.#width];
  }

  /** Channels of the output. */
  get #width(): number {
    return this.#channels * this.#multiplier;
  }

  /**
   * @param to place of the sample's output
   * @param bias place of the bias, or NOWHERE
   */
  forward(row: number, shard: Shard, to: Address, bias: Address): void {
    const [y, x, pixel] = [this.#y, this.#x, this.#pixel];
    // prettier-ignore
    this.#runtime.kernels.depthwise(
      y.count, x.count, this.#width, y.window, x.window,
      this.#source(row, shard), y.stride * this.#inputRow, x.stride * pixel, y.dilation * this.#inputRow, x.dilation * pixel,
      this.kernel.address, pixel, to, bias,
    );
  }

  /**
   * Adds the sample's part to the gradient of the filters, and writes that of the input.
   * @param dy place of the sample's output gradient
   */
  backward(row: number, shard: Shard, dy: Address): void {
    const { kernels } = this.#runtime;
    const [y, x, pixel] = [this.#y, this.#x, this.#pixel];
    const dKernel = this.kernel.gradient(shard.index);
    if (dKernel !== null) {
      // prettier-ignore
      kernels.depthwiseGradient(
        y.count, x.count, this.#width, y.window, x.window,
        this.#source(row, shard), y.stride * this.#inputRow, x.stride * pixel, y.dilation * this.#inputRow, x.dilation * pixel,
        dy, dKernel, row === shard.first ? 1 : 0,
      );
    }
    if (this.#inputGradient === NOWHERE) return;
    const to = rowOf(this.#inputGradient, row, this.#input.size);
    const copies = this.#copies?.address(shard) ?? to;
    const lastTap = at(this.kernel.address, (y.window * x.window - 1) * pixel);
    // prettier-ignore
    kernels.depthwise(
      y.size, x.size, this.#width, y.window, x.window,
      this.#spreadOut(shard, dy), this.#spreadRow, pixel, y.dilation * this.#spreadRow, x.dilation * pixel,
      lastTap, -pixel, copies, NOWHERE,
    );
    if (copies !== to) kernels.sumRepeated(this.#input.size, this.#multiplier, copies, to);
  }

  /** Place of a sample with its padding and with all copies of its channels. */
  #source(row: number, shard: Shard): Address {
    const from = rowOf(this.#input.address, row, this.#input.size);
    if (this.#padded === null) return from;
    const { kernels } = this.#runtime;
    const [y, x] = [this.#y, this.#x];
    const padded = this.#padded.address(shard);
    const to = at(padded, y.before * this.#inputRow + x.before * this.#pixel);
    const numbers = x.size * this.#channels;
    const bytes = numbers * FLOAT;
    if (this.#multiplier === 1) kernels.copyPixels(y.size, 1, bytes, from, bytes, bytes, to, this.#inputRow, bytes);
    else kernels.repeatNumbers(y.size, numbers, this.#multiplier, from, bytes, to, this.#inputRow);
    return padded;
  }

  /** Place of an output gradient with zeros between its pixels and around them. */
  #spreadOut(shard: Shard, dy: Address): Address {
    if (this.#spread === null) return dy;
    const [y, x, pixel] = [this.#y, this.#x, this.#pixel];
    const spread = this.#spread.address(shard);
    const top = (y.window - 1) * y.dilation - y.before;
    const left = (x.window - 1) * x.dilation - x.before;
    const to = at(spread, top * this.#spreadRow + left * pixel);
    // prettier-ignore
    this.#runtime.kernels.copyPixels(
      y.count, x.count, pixel, dy, x.count * pixel, pixel, to, y.stride * this.#spreadRow, x.stride * pixel,
    );
    return spread;
  }
}
