import { ACCUMULATE, RELU } from '../kernels.js';
import { FLOAT, rowOf, type Runtime, type Shard, type Tensor } from '../program.js';
import { onlyInput, type LayerSetup, type Weight } from './layer.js';
import type { Axis } from './windows.js';

/** Panels of packed matrices are 8 columns wide, 32 bytes. */
const PANEL = 8;

export interface ConvolutionShape {
  readonly y: Axis;
  readonly x: Axis;
  readonly filters: number;
  /** Numbers from an output pixel to the next: the filters, or the multiple of 4 above. */
  readonly pixel: number;
  readonly relu: boolean;
}

/** A sample's output after pooling, or its gradient. */
export interface Pooled {
  readonly to: number;
  /** Address of where in its window each number was. */
  readonly places: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A convolution of one sample at a time as a matrix product whose rows are patches: see the kernel `multiply`. The gradient of the
 * input is a convolution too, of the output's gradient, spread out by the strides, with the filters turned round.
 */
export class Convolution {
  readonly #runtime: Runtime;
  readonly #input: Tensor;
  readonly #inputGradient: number;
  readonly #channels: number;
  readonly #packed: number;
  readonly #turned: number = 0;
  /** The bias with zeros up to `pixel`. */
  readonly #bias: number;
  /** Bytes of a padded input's row, and of a spread gradient's. */
  readonly #inputRow: number;
  readonly #spreadRow: number;
  readonly #padded: Scratch | null;
  readonly #spread: Scratch | null;

  constructor(
    setup: LayerSetup,
    private readonly shape: ConvolutionShape,
    private readonly kernel: Weight,
    private readonly bias: Weight | null,
  ) {
    const { y, x, filters, pixel } = shape;
    const { layout, shards } = setup;
    const { input, gradient } = onlyInput(setup);
    this.#runtime = setup.runtime;
    this.#input = input;
    this.#inputGradient = gradient;
    this.#channels = input.shape.at(-1) ?? 1;
    const taps = y.window * x.window;
    this.#packed = layout.floats(Math.ceil(pixel / PANEL) * PANEL * taps * this.#channels);
    this.#bias = layout.floats(Math.ceil(pixel / PANEL) * PANEL);
    const [height, width] = [y.before + y.size + y.after, x.before + x.size + x.after];
    this.#inputRow = width * this.#channels * FLOAT;
    const isPadded = height > y.size || width > x.size;
    this.#padded = isPadded ? new Scratch(setup, shards, height * this.#inputRow) : null;
    const spreadWidth = x.size + (x.window - 1) * x.dilation;
    this.#spreadRow = spreadWidth * filters * FLOAT;
    if (gradient !== 0) {
      this.#turned = layout.floats(Math.ceil(this.#channels / PANEL) * PANEL * taps * filters);
      const isSpread = spreadWidth !== x.count || y.size + (y.window - 1) * y.dilation !== y.count || pixel !== filters;
      const spreadHeight = y.size + (y.window - 1) * y.dilation;
      if (isSpread) this.#spread = new Scratch(setup, shards, spreadHeight * this.#spreadRow);
      else this.#spread = null;
    } else this.#spread = null;
  }

  /** @param to address of the sample's output */
  forward(row: number, shard: Shard, to: number): void {
    const { kernels } = this.#runtime;
    const { y, x, pixel, relu } = this.shape;
    const from = this.#source(row, shard);
    if (this.#isNarrow && x.count % 4 === 0 && pixel % 4 === 0) {
      // prettier-ignore
      kernels.convolveNarrow(
        y.count, x.count, y.window, from, this.#inputRow, this.#packed, pixel, to, pixel * FLOAT, this.#bias, relu ? 1 : 0,
      );
      return;
    }
    const channels = this.#channels;
    const steps = stepsOf(y, x, channels, this.#inputRow);
    const rows = rowsOf(y.count, x.count, y.stride * this.#inputRow, x.stride * channels * FLOAT);
    // prettier-ignore
    kernels.multiply(
      rows.strips, rows.strip, rows.m * pixel * FLOAT, rows.m, pixel,
      from, x.stride * channels * FLOAT, FLOAT, steps.skip1, steps.skip2, steps.runs1, steps.runs2, steps.length,
      this.#packed, y.window * x.window * channels * 32, 32, 0, 0,
      to, pixel * FLOAT, this.#bias, relu ? RELU : 0,
    );
  }

  /** Of a sample, forward. */
  get multiplyAdds(): number {
    return this.shape.y.count * this.shape.x.count * this.kernel.size;
  }

  /** Whether {@link forwardMax} and {@link backwardMax} do what a pooling of 2 by 2 does besides. */
  get hasMax(): boolean {
    return this.#isNarrow && this.shape.y.window === 3 && this.#inputGradient === 0;
  }

  /** A sample's output after pooling. */
  forwardMax(row: number, shard: Shard, { to, places, height, width }: Pooled): void {
    const { filters, relu } = this.shape;
    // prettier-ignore
    this.#runtime.kernels.convolveNarrowMax(
      height, width, this.#source(row, shard), this.#inputRow, this.#packed, filters, to, places, this.#bias, relu ? 1 : 0,
    );
  }

  /** Adds the sample's part to the filters' gradients; `to` holds the pooled output's. */
  backwardMax(row: number, shard: Shard, { to, places, height, width }: Pooled): void {
    const dKernel = this.kernel.gradient(shard.index);
    if (dKernel === null) return;
    // prettier-ignore
    this.#runtime.kernels.convolveNarrowMaxGradient(
      height, width, this.#source(row, shard), this.#inputRow, this.shape.filters, to, places, dKernel, row > shard.first ? 0 : 1,
    );
  }

  /**
   * Adds the sample's part to the weights' gradients, and writes the input's.
   * @param dy address of the sample's output gradient, with `pixel` numbers a pixel
   */
  backward(row: number, shard: Shard, dy: number): void {
    const dKernel = this.kernel.gradient(shard.index);
    if (dKernel !== null)
      this.#kernelGradient(this.#source(row, shard), dy, dKernel, row > shard.first ? ACCUMULATE : 0);
    if (this.#inputGradient !== 0) this.#inputGradientOf(dy, shard, rowOf(this.#inputGradient, row, this.#input.size));
  }

  /**
   * Adds the sample's part to the bias's gradient.
   * @param dy `count` pixels of `pixel` numbers each, whose sum is that of the output's gradient
   */
  biasBackward(row: number, shard: Shard, dy: number, count: number, pixel: number): void {
    const dBias = this.bias?.gradient(shard.index) ?? null;
    const fresh = row === shard.first ? 1 : 0;
    if (dBias !== null) this.#runtime.kernels.sumColumns(count, this.shape.filters, dy, pixel * FLOAT, dBias, fresh);
  }

  readonly pack = (): void => {
    const { kernels } = this.#runtime;
    const { y, x, filters } = this.shape;
    const channels = this.#channels;
    const depth = y.window * x.window * channels;
    kernels.pack(depth, filters, this.kernel.address, filters * FLOAT, FLOAT, this.#packed, depth * 32);
    if (this.bias !== null) kernels.copyPixels(1, 1, filters * FLOAT, this.bias.address, 0, 0, this.#bias, 0, 0);
    if (this.#turned === 0) return;
    const taps = y.window * x.window;
    for (let tap = 0; tap < taps; tap++) {
      const from = this.kernel.address + (taps - 1 - tap) * channels * filters * FLOAT;
      const to = this.#turned + tap * filters * 32;
      kernels.pack(filters, channels, from, FLOAT, filters * FLOAT, to, taps * filters * 32);
    }
  };

  /** One channel, 3 taps in a row, stride 1. */
  get #isNarrow(): boolean {
    const { y, x } = this.shape;
    const unit = [y.stride, y.dilation, x.stride, x.dilation, this.#channels].every((value) => value === 1);
    return unit && x.window === 3;
  }

  /** Address of a sample with its padding. */
  #source(row: number, shard: Shard): number {
    const from = rowOf(this.#input.address, row, this.#input.size);
    if (this.#padded === null) return from;
    const { y, x } = this.shape;
    const pixel = this.#channels * FLOAT;
    const padded = this.#padded.address(shard);
    const to = padded + y.before * this.#inputRow + x.before * pixel;
    const width = x.size * pixel;
    this.#runtime.kernels.copyPixels(y.size, 1, width, from, width, width, to, this.#inputRow, width);
    return padded;
  }

  #kernelGradient(from: number, dy: number, to: number, flags: number): void {
    const { y, x, filters, pixel } = this.shape;
    const channels = this.#channels;
    const step = x.stride * channels * FLOAT;
    const sums = rowsOf(y.count, x.count, y.stride * this.#inputRow, step);
    // A strip of rows is a stretch of the filter that lies in one stretch of the image.
    const [outer, strips, strip, length] =
      x.dilation === 1
        ? [1, y.window, y.dilation * this.#inputRow, x.window * channels]
        : [y.window, x.window, x.dilation * channels * FLOAT, channels];
    for (let i = 0; i < outer; i++) {
      // prettier-ignore
      this.#runtime.kernels.multiply(
        strips, strip, length * filters * FLOAT, length, filters,
        from + i * y.dilation * this.#inputRow, FLOAT, step, sums.strip - sums.m * step, 0, sums.strips, 1, sums.m,
        dy, 32, pixel * FLOAT, 0, 0,
        to + i * strips * length * filters * FLOAT, filters * FLOAT, 0, flags,
      );
    }
  }

  #inputGradientOf(dy: number, shard: Shard, to: number): void {
    const { y, x, filters, pixel } = this.shape;
    const { kernels } = this.#runtime;
    const channels = this.#channels;
    const pixelBytes = filters * FLOAT;
    let from = dy;
    if (this.#spread !== null) {
      from = this.#spread.address(shard);
      const top = (y.window - 1) * y.dilation - y.before;
      const left = (x.window - 1) * x.dilation - x.before;
      // prettier-ignore
      kernels.copyPixels(
        y.count, x.count, pixelBytes, dy, x.count * pixel * FLOAT, pixel * FLOAT,
        from + top * this.#spreadRow + left * pixelBytes, y.stride * this.#spreadRow, x.stride * pixelBytes,
      );
    }
    const steps = stepsOf(y, x, filters, this.#spreadRow);
    const rows = rowsOf(y.size, x.size, this.#spreadRow, pixelBytes);
    // prettier-ignore
    kernels.multiply(
      rows.strips, rows.strip, rows.m * channels * FLOAT, rows.m, channels,
      from, pixelBytes, FLOAT, steps.skip1, steps.skip2, steps.runs1, steps.runs2, steps.length,
      this.#turned, y.window * x.window * filters * 32, 32, 0, 0,
      to, channels * FLOAT, 0, 0,
    );
  }
}

/** Memory for one sample, for each shard. */
export class Scratch {
  readonly #first: number;
  readonly #bytes: number;

  constructor({ layout }: LayerSetup, shards: number, bytes: number) {
    this.#bytes = Math.ceil(bytes / 64) * 64 + 64;
    this.#first = layout.bytes(shards * this.#bytes);
  }

  address({ index }: Shard): number {
    return this.#first + index * this.#bytes;
  }
}

/** How a sum runs over a patch: through stretches that are whole in memory. */
function stepsOf(y: Axis, x: Axis, channels: number, row: number) {
  if (x.dilation === 1) {
    const length = x.window * channels;
    return { runs1: y.window, skip1: y.dilation * row - length * FLOAT, runs2: 1, skip2: 0, length };
  }
  const pixel = channels * FLOAT;
  return {
    runs1: y.window,
    skip1: y.dilation * row - x.window * x.dilation * pixel,
    runs2: x.window,
    skip2: (x.dilation - 1) * pixel,
    length: channels,
  };
}

/** Output pixels in strips; in one strip where the rows follow upon each other without a gap. */
function rowsOf(height: number, width: number, strip: number, pixel: number) {
  return strip === width * pixel ? { strips: 1, strip: 0, m: height * width } : { strips: height, strip, m: width };
}
