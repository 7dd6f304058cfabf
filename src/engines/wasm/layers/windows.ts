import type { Options } from './layer.js';

/** Windows along one dimension. */
export interface Axis {
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before the first number and after the last. */
  readonly before: number;
  readonly after: number;
  /** Number of windows. */
  readonly count: number;
}

/** TensorFlow's rule for `valid` and `same`: an odd padding has its larger half at the end. */
export function axis(size: number, window: number, stride: number, dilation: number, padding: 'valid' | 'same'): Axis {
  const reach = (window - 1) * dilation + 1;
  const count = padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - reach) / stride) + 1;
  const missing = padding === 'same' ? Math.max((count - 1) * stride + reach - size, 0) : 0;
  const before = Math.floor(missing / 2);
  return { size, window, stride, dilation, before, after: missing - before, count };
}

/** @throws NotCovered for another kind of padding */
export function paddingOf(options: Options): 'valid' | 'same' {
  const padding = options.text('padding', 'valid');
  return padding === 'valid' || padding === 'same' ? padding : options.refuse('padding');
}

/** Whether each place lies in exactly one window. */
export function isTiled({ size, window, stride, count }: Axis): boolean {
  return window === stride && window * count === size;
}

/** Length of an output gradient, with zeros between and around its numbers, whose convolution is as long as the input. */
export function spreadLength({ size, window, dilation }: Axis): number {
  return size + (window - 1) * dilation;
}
