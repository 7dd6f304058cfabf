import type { Dims, Node, Tape } from './tape.js';

/**
 * The operations of the layers. Images are `(B, H, W, C)`, kernels `(KH, KW, C, F)`, as in Keras.
 */

export type Padding = 'same' | 'valid';
export type Pair = readonly [number, number];

/** Adds `amount` to an element. */
export function add(array: Float64Array, at: number, amount: number): void {
  array[at] = (array[at] ?? 0) + amount;
}

/** Adds to each element of a node's gradient, where it has one. */
export function addEach(node: Node, amount: (i: number) => number): void {
  const { grad } = node;
  if (grad) for (let i = 0; i < grad.length; i++) grad[i] = (grad[i] ?? 0) + amount(i);
}

/** `y = f(x)`, element by element. `slope` is f′, from x and y. */
function elementwise(
  tape: Tape,
  x: Node,
  f: (x: number) => number,
  slope: (x: number, y: number) => number,
  logits?: Node,
): Node {
  const y = x.value.map(f);
  const backward = (dy: Float64Array): void => {
    addEach(x, (i) => (dy[i] ?? 0) * slope(x.value[i] ?? 0, y[i] ?? 0));
  };
  return tape.record(y, x.shape, [x], backward, logits);
}

export function relu(tape: Tape, x: Node): Node {
  return elementwise(
    tape,
    x,
    (v) => Math.max(v, 0),
    (v) => (v > 0 ? 1 : 0),
  );
}

export function tanh(tape: Tape, x: Node): Node {
  return elementwise(tape, x, Math.tanh, (_, y) => 1 - y * y);
}

export function sigmoid(tape: Tape, x: Node): Node {
  return elementwise(
    tape,
    x,
    (v) => 1 / (1 + Math.exp(-v)),
    (_, y) => y * (1 - y),
    x,
  );
}

export function log(tape: Tape, x: Node): Node {
  return elementwise(tape, x, Math.log, (v) => 1 / v);
}

/** Outside of the bounds the gradient is 0. */
export function clip(tape: Tape, x: Node, low: number, high: number): Node {
  return elementwise(
    tape,
    x,
    (v) => Math.min(Math.max(v, low), high),
    (v) => (v < low || v > high ? 0 : 1),
  );
}

/** Each element times a constant, its own. */
export function mask(tape: Tape, x: Node, factors: ArrayLike<number>): Node {
  const y = x.value.map((v, i) => v * (factors[i] ?? 0));
  return tape.record(y, x.shape, [x], (dy) => {
    addEach(x, (i) => (dy[i] ?? 0) * (factors[i] ?? 0));
  });
}

export function reshape(tape: Tape, x: Node, shape: Dims): Node {
  return tape.record(x.value.slice(), shape, [x], (dy) => {
    addEach(x, (i) => dy[i] ?? 0);
  });
}

/** Over the last axis. */
export function softmax(tape: Tape, x: Node): Node {
  const width = x.shape.at(-1) ?? 1;
  const y = new Float64Array(x.value.length);
  for (let row = 0; row < y.length; row += width) {
    const logSum = logSumExp(x.value, row, width);
    for (let i = row; i < row + width; i++) y[i] = Math.exp((x.value[i] ?? 0) - logSum);
  }
  const backward = (dy: Float64Array): void => {
    const dots = rowDots(dy, y, width);
    addEach(x, (i) => (y[i] ?? 0) * ((dy[i] ?? 0) - (dots[Math.floor(i / width)] ?? 0)));
  };
  return tape.record(y, x.shape, [x], backward, x);
}

/** log Σ exp of one row, without overflow. */
export function logSumExp(x: Float64Array, start: number, width: number): number {
  let highest = -Infinity;
  for (let i = start; i < start + width; i++) highest = Math.max(highest, x[i] ?? 0);
  let sum = 0;
  for (let i = start; i < start + width; i++) sum += Math.exp((x[i] ?? 0) - highest);
  return highest + Math.log(sum);
}

/** ⟨a, b⟩ of each row. */
function rowDots(a: Float64Array, b: Float64Array, width: number): Float64Array {
  return Float64Array.from({ length: a.length / width }, (_, row) => dot(a, row * width, b, row * width, width));
}

/** Each row divided by its sum. */
export function normalise(tape: Tape, x: Node): Node {
  const width = x.shape.at(-1) ?? 1;
  const y = new Float64Array(x.value.length);
  const sums = new Float64Array(y.length / width);
  for (let i = 0; i < y.length; i++) add(sums, Math.floor(i / width), x.value[i] ?? 0);
  for (let i = 0; i < y.length; i++) y[i] = (x.value[i] ?? 0) / (sums[Math.floor(i / width)] ?? 0);
  return tape.record(y, x.shape, [x], (dy) => {
    const dots = rowDots(dy, y, width);
    addEach(x, (i) => ((dy[i] ?? 0) - (dots[Math.floor(i / width)] ?? 0)) / (sums[Math.floor(i / width)] ?? 0));
  });
}

/** Over the last axis: (…, N)·(N, M) + (M) → (…, M). */
export function dense(tape: Tape, x: Node, kernel: Node, bias: Node | null): Node {
  const [inputs = 0, units = 0] = kernel.shape;
  const rows = x.value.length / inputs;
  const y = new Float64Array(rows * units);
  for (let row = 0; row < rows; row++) {
    if (bias) y.set(bias.value, row * units);
    for (let i = 0; i < inputs; i++)
      accumulate(y, row * units, kernel.value, i * units, x.value[row * inputs + i] ?? 0, units);
  }
  const parents = bias ? [x, kernel, bias] : [x, kernel];
  return tape.record(y, [...x.shape.slice(0, -1), units], parents, (dy) => {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < inputs; i++) {
        const at = row * inputs + i;
        if (kernel.grad) accumulate(kernel.grad, i * units, dy, row * units, x.value[at] ?? 0, units);
        if (x.grad) add(x.grad, at, dot(kernel.value, i * units, dy, row * units, units));
      }
    }
    sumRows(bias, dy);
  });
}

/** target[…] += factor · source[…] */
function accumulate(
  target: Float64Array,
  at: number,
  source: Float64Array,
  from: number,
  factor: number,
  count: number,
): void {
  if (factor === 0) return;
  for (let i = 0; i < count; i++) target[at + i] = (target[at + i] ?? 0) + factor * (source[from + i] ?? 0);
}

function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (a[atA + i] ?? 0) * (b[atB + i] ?? 0);
  return sum;
}

/** The gradient of a bias: that of the result, summed over all but the last axis. */
function sumRows(bias: Node | null, dy: Float64Array): void {
  const grad = bias?.grad;
  if (grad) for (let i = 0; i < dy.length; i++) add(grad, i % grad.length, dy[i] ?? 0);
}

/** Where windows lie along one axis: window o begins at o · stride − before. TensorFlow puts an odd pad at the end. */
function windows(extent: number, kernel: number, stride: number, padding: Padding): { count: number; before: number } {
  if (padding === 'valid') return { count: Math.floor((extent - kernel) / stride) + 1, before: 0 };
  const count = Math.ceil(extent / stride);
  return { count, before: Math.floor(Math.max((count - 1) * stride + kernel - extent, 0) / 2) };
}

/** Calls `visit` for each position of each window: the output pixel, the input pixel, the place in the window. */
function overWindows(
  shape: Dims,
  [kernelHeight, kernelWidth]: Pair,
  [strideY, strideX]: Pair,
  padding: Padding,
  visit: (output: number, input: number, tap: number) => void,
): Dims {
  const [batch = 0, height = 0, width = 0] = shape;
  const vertical = windows(height, kernelHeight, strideY, padding);
  const horizontal = windows(width, kernelWidth, strideX, padding);
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < vertical.count; oy++) {
      for (let ox = 0; ox < horizontal.count; ox++) {
        for (let ky = 0; ky < kernelHeight; ky++) {
          const iy = oy * strideY - vertical.before + ky;
          if (iy < 0 || iy >= height) continue;
          for (let kx = 0; kx < kernelWidth; kx++) {
            const ix = ox * strideX - horizontal.before + kx;
            if (ix < 0 || ix >= width) continue;
            visit(
              (b * vertical.count + oy) * horizontal.count + ox,
              (b * height + iy) * width + ix,
              ky * kernelWidth + kx,
            );
          }
        }
      }
    }
  }
  return [batch, vertical.count, horizontal.count];
}

/** y[b,oy,ox,f] = bias[f] + Σ x[b, oy·s+ky−p, ox·s+kx−p, c] · kernel[ky,kx,c,f] */
export function conv2d(tape: Tape, x: Node, kernel: Node, bias: Node | null, strides: Pair, padding: Padding): Node {
  const [batch = 0, height = 0, width = 0] = x.shape;
  const [kernelHeight = 0, kernelWidth = 0, channels = 0, filters = 0] = kernel.shape;
  const pair: Pair = [kernelHeight, kernelWidth];
  const outHeight = windows(height, kernelHeight, strides[0], padding).count;
  const outWidth = windows(width, kernelWidth, strides[1], padding).count;
  const y = new Float64Array(batch * outHeight * outWidth * filters);
  if (bias) for (let at = 0; at < y.length; at += filters) y.set(bias.value, at);
  overWindows(x.shape, pair, strides, padding, (output, input, tap) => {
    for (let c = 0; c < channels; c++) {
      accumulate(
        y,
        output * filters,
        kernel.value,
        (tap * channels + c) * filters,
        x.value[input * channels + c] ?? 0,
        filters,
      );
    }
  });
  const parents = bias ? [x, kernel, bias] : [x, kernel];
  return tape.record(y, [batch, outHeight, outWidth, filters], parents, (dy) => {
    overWindows(x.shape, pair, strides, padding, (output, input, tap) => {
      for (let c = 0; c < channels; c++) {
        const pixel = input * channels + c;
        const row = (tap * channels + c) * filters;
        if (kernel.grad) accumulate(kernel.grad, row, dy, output * filters, x.value[pixel] ?? 0, filters);
        if (x.grad) add(x.grad, pixel, dot(kernel.value, row, dy, output * filters, filters));
      }
    });
    sumRows(bias, dy);
  });
}

/** Ties: the gradient goes to the first of the window. A pad is never the maximum. */
export function maxPool2d(tape: Tape, x: Node, poolSize: Pair, strides: Pair, padding: Padding): Node {
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const outHeight = windows(height, poolSize[0], strides[0], padding).count;
  const outWidth = windows(width, poolSize[1], strides[1], padding).count;
  const y = new Float64Array(batch * outHeight * outWidth * channels).fill(-Infinity);
  const chosen = new Uint32Array(y.length);
  overWindows(x.shape, poolSize, strides, padding, (output, input) => {
    for (let c = 0; c < channels; c++) {
      const candidate = x.value[input * channels + c] ?? 0;
      if (candidate <= (y[output * channels + c] ?? 0)) continue;
      y[output * channels + c] = candidate;
      chosen[output * channels + c] = input * channels + c;
    }
  });
  return tape.record(y, [batch, outHeight, outWidth, channels], [x], (dy) => {
    const { grad } = x;
    if (grad) for (let i = 0; i < dy.length; i++) add(grad, chosen[i] ?? 0, dy[i] ?? 0);
  });
}

/** Σ factor · x over scalars: a total loss. */
export function weightedSum(tape: Tape, terms: readonly { readonly node: Node; readonly factor: number }[]): Node {
  const total = terms.reduce((sum, { node, factor }) => sum + factor * (node.value[0] ?? 0), 0);
  const parents = terms.map(({ node }) => node);
  return tape.record(Float64Array.of(total), [], parents, ([d = 0]) => {
    for (const { node, factor } of terms) addEach(node, () => factor * d);
  });
}

/** l1 · Σ|w| + l2 · Σw² */
export function penalty(tape: Tape, w: Node, l1: number, l2: number): Node {
  const total = w.value.reduce((sum, v) => sum + l1 * Math.abs(v) + l2 * v * v, 0);
  return tape.record(Float64Array.of(total), [], [w], ([d = 0]) => {
    addEach(w, (i) => d * (l1 * Math.sign(w.value[i] ?? 0) + 2 * l2 * (w.value[i] ?? 0)));
  });
}

/** The last axis of several nodes, one after the other. */
export function concatenate(tape: Tape, parts: readonly Node[]): Node {
  const widths = parts.map((part) => part.shape.at(-1) ?? 1);
  const width = widths.reduce((a, b) => a + b, 0);
  const first = parts[0];
  if (!first) throw new RangeError('nothing to concatenate');
  const rows = first.value.length / (widths[0] ?? 1);
  /** Calls `visit` for each element: its place in the whole, its part, its place in the part. */
  const each = (visit: (whole: number, part: Node, at: number) => void): void => {
    let offset = 0;
    parts.forEach((part, p) => {
      const own = widths[p] ?? 1;
      for (let i = 0; i < part.value.length; i++) visit(Math.floor(i / own) * width + offset + (i % own), part, i);
      offset += own;
    });
  };
  const y = new Float64Array(rows * width);
  each((whole, part, at) => {
    y[whole] = part.value[at] ?? 0;
  });
  return tape.record(y, [...first.shape.slice(0, -1), width], parts, (dy) => {
    each((whole, part, at) => {
      if (part.grad) add(part.grad, at, dy[whole] ?? 0);
    });
  });
}
