import { at, FLOAT, NOWHERE, rowOf, type Address } from '../address.js';
import { matrixProduct, packedRight, PANEL, PANEL_ROW, plainRight, type ProductOperands } from '../matrixProduct.js';
import type { Runtime, Shard, Tensor } from '../program.js';
import { onlyInput, type LayerSetup, type Weight } from './layer.js';
import { spreadLength, type Axis } from './windows.js';

export interface ConvolutionShape {
  readonly y: Axis;
  readonly x: Axis;
  readonly filters: number;
  /** Numbers from an output pixel to the next: the number of filters, or that rounded up to a multiple of 4. */
  readonly pixel: number;
  readonly relu: boolean;
}

/** A sample's output after pooling, or its gradient: `height · width` pixels. */
export interface Pooled {
  readonly to: Address;
  /** For each number of the output, a byte with its place in its window. */
  readonly places: Address;
  readonly height: number;
  readonly width: number;
}

/**
 * A convolution of one sample at a time, as a matrix product whose rows are patches. The gradient of the input is a convolution too: of the
 * output's gradient, with zeros between its pixels for the strides, with the filters turned by 180 degrees.
 */
export class Convolution {
  readonly #runtime: Runtime;
  readonly #input: Tensor;
  readonly #inputGradient: Address;
  readonly #channels: number;
  readonly #packed: Address;
  readonly #turned: Address;
  /** The bias, filled up with zeros to `pixel` numbers. */
  readonly #bias: Address;
  /** Bytes of a row of the padded input, and of the spread gradient. */
  readonly #inputRow: number;
  readonly #spreadRow: number;
  readonly #padded: Scratch | null;
  readonly #spread: Scratch | null;
  readonly #forwardProduct: PatchProduct;
  readonly #kernelProduct: KernelProduct;
  readonly #inputProduct: PatchProduct;

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
    const [spreadHeight, spreadWidth] = [spreadLength(y), spreadLength(x)];
    this.#spreadRow = spreadWidth * filters * FLOAT;
    const isSpread = spreadWidth !== x.count || spreadHeight !== y.count || pixel !== filters;
    const hasGradient = gradient !== NOWHERE;
    this.#turned = hasGradient ? layout.floats(Math.ceil(this.#channels / PANEL) * PANEL * taps * filters) : NOWHERE;
    this.#spread = hasGradient && isSpread ? new Scratch(setup, shards, spreadHeight * this.#spreadRow) : null;
    this.#forwardProduct = patchProduct(this.#runtime, {
      y,
      x,
      row: this.#inputRow,
      channels: this.#channels,
      height: y.count,
      width: x.count,
      strideY: y.stride,
      strideX: x.stride,
      columns: pixel,
      relu: shape.relu,
    });
    this.#kernelProduct = kernelProduct(this.#runtime, shape, this.#channels, this.#inputRow);
    this.#inputProduct = patchProduct(this.#runtime, {
      y,
      x,
      row: this.#spreadRow,
      channels: filters,
      height: y.size,
      width: x.size,
      strideY: 1,
      strideX: 1,
      columns: this.#channels,
      relu: false,
    });
  }

  /** @param to place of the sample's output */
  forward(row: number, shard: Shard, to: Address): void {
    const { y, x, pixel, relu } = this.shape;
    const from = this.#source(row, shard);
    if (this.#isNarrow && x.count % 4 === 0 && pixel % 4 === 0) {
      // prettier-ignore
      this.#runtime.kernels.convolveNarrow(
        y.count, x.count, y.window, from, this.#inputRow, this.#packed, pixel, to, pixel * FLOAT, this.#bias, relu ? 1 : 0,
      );
      return;
    }
    this.#forwardProduct({ left: from, right: this.#packed, output: to, bias: this.#bias });
  }

  /** Multiply-adds of a sample's forward pass. */
  get multiplyAdds(): number {
    return this.shape.y.count * this.shape.x.count * this.kernel.size;
  }

  /** Whether {@link forwardMax} and {@link backwardMax} can compute this convolution and a pooling of 2 by 2 together. */
  get hasMax(): boolean {
    return this.#isNarrow && this.shape.y.window === 3 && this.#inputGradient === NOWHERE;
  }

  /** Writes a sample's output after pooling. */
  forwardMax(row: number, shard: Shard, { to, places, height, width }: Pooled): void {
    const { filters, relu } = this.shape;
    // prettier-ignore
    this.#runtime.kernels.convolveNarrowMax(
      height, width, this.#source(row, shard), this.#inputRow, this.#packed, filters, to, places, this.#bias, relu ? 1 : 0,
    );
  }

  /** Adds the sample's part to the gradient of the filters, from the gradient of the pooled output. */
  backwardMax(row: number, shard: Shard, { to, places, height, width }: Pooled): void {
    const dKernel = this.kernel.gradient(shard.index);
    if (dKernel === null) return;
    // prettier-ignore
    this.#runtime.kernels.convolveNarrowMaxGradient(
      height, width, this.#source(row, shard), this.#inputRow, this.shape.filters, to, places, dKernel, row > shard.first ? 0 : 1,
    );
  }

  /**
   * Adds the sample's part to the gradient of the filters, and writes that of the input.
   * @param dy place of the sample's output gradient, with `pixel` numbers a pixel
   */
  backward(row: number, shard: Shard, dy: Address): void {
    const dKernel = this.kernel.gradient(shard.index);
    if (dKernel !== null) this.#kernelProduct(this.#source(row, shard), dy, dKernel, row > shard.first);
    if (this.#inputGradient === NOWHERE) return;
    const output = rowOf(this.#inputGradient, row, this.#input.size);
    this.#inputProduct({ left: this.#spreadOut(shard, dy), right: this.#turned, output, bias: NOWHERE });
  }

  /**
   * Adds the sample's part to the gradient of the bias.
   * @param dy `count` pixels of `pixel` numbers each, whose sum is that of the output's gradient
   */
  biasBackward(row: number, shard: Shard, dy: Address, count: number, pixel: number): void {
    const dBias = this.bias?.gradient(shard.index) ?? null;
    const fresh = row === shard.first ? 1 : 0;
    if (dBias !== null) this.#runtime.kernels.sumColumns(count, this.shape.filters, dy, pixel * FLOAT, dBias, fresh);
  }

  readonly pack = (): void => {
    const { kernels } = this.#runtime;
    const { y, x, filters } = this.shape;
    const channels = this.#channels;
    const depth = y.window * x.window * channels;
    kernels.pack(depth, filters, this.kernel.address, filters * FLOAT, FLOAT, this.#packed, depth * PANEL_ROW);
    if (this.bias !== null) kernels.copyPixels(1, 1, filters * FLOAT, this.bias.address, 0, 0, this.#bias, 0, 0);
    if (this.#turned === NOWHERE) return;
    const taps = y.window * x.window;
    for (let tap = 0; tap < taps; tap++) {
      const from = rowOf(this.kernel.address, taps - 1 - tap, channels * filters);
      const to = at(this.#turned, tap * filters * PANEL_ROW);
      kernels.pack(filters, channels, from, FLOAT, filters * FLOAT, to, taps * filters * PANEL_ROW);
    }
  };

  /** One channel, filters 3 wide, stride 1. */
  get #isNarrow(): boolean {
    const { y, x } = this.shape;
    const unit = [y.stride, y.dilation, x.stride, x.dilation, this.#channels].every((value) => value === 1);
    return unit && x.window === 3;
  }

  /** Place of a sample with its padding. */
  #source(row: number, shard: Shard): Address {
    const from = rowOf(this.#input.address, row, this.#input.size);
    if (this.#padded === null) return from;
    const { y, x } = this.shape;
    const pixel = this.#channels * FLOAT;
    const padded = this.#padded.address(shard);
    const to = at(padded, y.before * this.#inputRow + x.before * pixel);
    const width = x.size * pixel;
    this.#runtime.kernels.copyPixels(y.size, 1, width, from, width, width, to, this.#inputRow, width);
    return padded;
  }

  /** Place of an output gradient with zeros between its pixels and around them. */
  #spreadOut(shard: Shard, dy: Address): Address {
    if (this.#spread === null) return dy;
    const { y, x, filters, pixel } = this.shape;
    const pixelBytes = filters * FLOAT;
    const spread = this.#spread.address(shard);
    const top = (y.window - 1) * y.dilation - y.before;
    const left = (x.window - 1) * x.dilation - x.before;
    const to = at(spread, top * this.#spreadRow + left * pixelBytes);
    // prettier-ignore
    this.#runtime.kernels.copyPixels(
      y.count, x.count, pixelBytes, dy, x.count * pixel * FLOAT, pixel * FLOAT,
      to, y.stride * this.#spreadRow, x.stride * pixelBytes,
    );
    return spread;
  }
}

/** Writes or adds the gradient of the filters: of patches `from` and an output gradient `dy`. */
type KernelProduct = (from: Address, dy: Address, to: Address, accumulate: boolean) => void;

/**
 * dKernel = patchesᵀ · dy.
 * @param row bytes of a row of the image with its padding
 */
function kernelProduct(
  runtime: Runtime,
  { y, x, filters, pixel }: ConvolutionShape,
  channels: number,
  row: number,
): KernelProduct {
  const step = x.stride * channels * FLOAT;
  const sum = pixelsOf(y.count, x.count, y.stride * row, step);
  // The output's rows are the numbers of a filter. A strip is a part of the filter that has no gaps in the image.
  const [products, strips, strip, rows] =
    x.dilation === 1
      ? [1, y.window, y.dilation * row, x.window * channels]
      : [y.window, x.window, x.dilation * channels * FLOAT, channels];
  const output = { row: filters * FLOAT, strip: rows * filters * FLOAT };
  const multiply = matrixProduct(runtime, {
    columns: filters,
    strips,
    outerRuns: sum.strips,
    left: { row: FLOAT, strip, step, outerSkip: sum.strip - sum.rows * step },
    right: plainRight(pixel * FLOAT),
    output,
  });
  return (from, dy, to, accumulate) => {
    for (let i = 0; i < products; i++) {
      const left = at(from, i * y.dilation * row);
      multiply({ left, right: dy, output: at(to, i * strips * output.strip), rows, length: sum.rows, accumulate });
    }
  };
}

/** Patches of an image, one for each pixel of the output. */
interface Patches {
  /** Sizes and dilations of the windows. */
  readonly y: Axis;
  readonly x: Axis;
  /** Bytes of a row of the image. */
  readonly row: number;
  readonly channels: number;
  /** Pixels of the output, and from one to the next in the image. */
  readonly height: number;
  readonly width: number;
  readonly strideY: number;
  readonly strideX: number;
  /** Numbers of an output pixel. */
  readonly columns: number;
  readonly relu: boolean;
}

type PatchProduct = (operands: Required<Pick<ProductOperands, 'left' | 'right' | 'output' | 'bias'>>) => void;

/** The product of the patches of an image and packed filters. */
function patchProduct(runtime: Runtime, patches: Patches): PatchProduct {
  const { y, x, row, channels, height, width, strideY, strideX, columns, relu } = patches;
  const pixel = strideX * channels * FLOAT;
  const pixels = pixelsOf(height, width, strideY * row, pixel);
  const { outerRuns, innerRuns, length, ...skips } = runsOf(y, x, channels, row);
  const multiply = matrixProduct(runtime, {
    columns,
    strips: pixels.strips,
    outerRuns,
    innerRuns,
    relu,
    left: { row: pixel, strip: pixels.strip, step: FLOAT, ...skips },
    right: packedRight(y.window * x.window * channels),
    output: { row: columns * FLOAT, strip: pixels.rows * columns * FLOAT },
  });
  return ({ left, right, output, bias }) => {
    multiply({ left, right, output, rows: pixels.rows, length, bias });
  };
}

/** Memory for one sample, for each shard. */
export class Scratch {
  readonly #first: Address;
  readonly #bytes: number;

  constructor({ layout }: LayerSetup, shards: number, bytes: number) {
    this.#bytes = Math.ceil(bytes / 64) * 64 + 64;
    this.#first = layout.bytes(shards * this.#bytes);
  }

  address({ index }: Shard): Address {
    return at(this.#first, index * this.#bytes);
  }
}

/** The runs of a sum over a patch. A run is a part of the patch that has no gaps in the image. */
function runsOf(y: Axis, x: Axis, channels: number, row: number) {
  if (x.dilation === 1) {
    const length = x.window * channels;
    return { outerRuns: y.window, outerSkip: y.dilation * row - length * FLOAT, innerRuns: 1, innerSkip: 0, length };
  }
  const pixel = channels * FLOAT;
  return {
    outerRuns: y.window,
    outerSkip: y.dilation * row - x.window * x.dilation * pixel,
    innerRuns: x.window,
    innerSkip: (x.dilation - 1) * pixel,
    length: channels,
  };
}

/** Pixels in strips of rows. If no row is followed by a gap, all pixels are one strip. */
function pixelsOf(height: number, width: number, strip: number, pixel: number) {
  return strip === width * pixel
    ? { strips: 1, strip: 0, rows: height * width }
    : { strips: height, strip, rows: width };
}
