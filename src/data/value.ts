import { types } from 'node:util';
import type * as tf from '@tensorflow/tfjs';
import { EnsembleError } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import { sizeOf } from '../protocol/shape.js';
import { checkLabels } from './check.js';

/** Data for one input or output: a tensor, a typed array with its shape, or the `x` or `y` of a data set. */
export type DataValue = tf.Tensor | TypedValue | SharedArray;

/** A typed array with its shape. It is copied to shared memory once. An array that is in shared memory already is not copied. */
export interface TypedValue {
  /** All samples, one after the other, row-major. Floats must be finite. */
  readonly data: Uint8Array | Int32Array | Float32Array;
  /** `[samples, ...shape of a sample]`, positive integers. */
  readonly shape: readonly number[];
  /**
   * Factor of each number in a batch; finite and not 0. With `scale: 1 / 255`, images can be stored as bytes.
   * @defaultValue 1
   */
  readonly scale?: number | undefined;
}

/** The input or output that a value is for; used in messages. */
export interface ValueEnd {
  readonly end: string;
  readonly role: 'input' | 'target';
}

type Stored = Uint8Array | Int32Array | Float32Array;
type Unchecked<T> = { readonly [Key in keyof T]?: unknown };

/** A tensor of any copy of TensorFlow.js. It is recognised by its properties, because `instanceof` fails for tensors of a second copy. */
type TensorLike = Pick<tf.Tensor, 'shape' | 'dtype' | 'isDisposed'> & { dataSync(): ArrayLike<number> };

/**
 * Whether something is meant as one value, not as a list or a record of values. The value may still be invalid: {@link toShared} checks
 * it.
 */
export function isDataValue(value: unknown): value is DataValue {
  return (
    isTensor(value) || isTypedValue(value) || isSharedArray(value) || isDataset(value) || ArrayBuffer.isView(value)
  );
}

/**
 * Copies a value to shared memory and checks it. The type is kept: bytes stay bytes, and a `bool` tensor becomes bytes. A value that is in
 * shared memory already is not copied.
 * @throws EnsembleError `INVALID_DATA` if the value has another type, has no samples, does not have the length of its shape, or is a
 *   disposed tensor; `NOT_FINITE` naming the first sample with a NaN or an infinity; `LABEL_OUT_OF_RANGE`
 */
export function toShared(value: DataValue, what: ValueEnd): SharedArray {
  const given: unknown = value;
  if (isSharedArray(given)) return checkShared(given, what);
  if (isTensor(given)) return fromTensor(given, what);
  if (isTypedValue(given)) return fromTyped(given, what);
  if (isDataset(given)) {
    refuse(
      what,
      'be the `x` or `y` of a data set',
      'a whole data set. Pass its `x` as the input and its `y` as the target',
    );
  }
  refuse(
    what,
    'be a tensor, a typed array with its shape, or the `x` or `y` of a data set',
    ArrayBuffer.isView(given)
      ? `${kindOf(given)} without a shape. Pass { data, shape: [samples, ...] }`
      : `${kindOf(given)}. Pass a tensor or { data, shape: [samples, ...] }`,
  );
}

function fromTensor(tensor: TensorLike, what: ValueEnd): SharedArray {
  if (tensor.isDisposed) {
    refuse(what, 'be a live tensor', 'a disposed tensor. Dispose of it after the call, or pass `tensor.clone()`');
  }
  const { samples, shape } = splitShape(tensor.shape, what);
  const values = allocate(tensor.dtype, sizeOf(tensor.shape));
  if (values === null) {
    refuse(
      what,
      'be a tensor of type float32, int32 or bool',
      `${JSON.stringify(tensor.dtype)}. Convert it with \`tensor.toFloat()\``,
    );
  }
  values.set(tensor.dataSync());
  checkFinite(values, samples, what);
  return { values, samples, shape, scale: 1, oneHot: null };
}

function allocate(dtype: tf.DataType, length: number): SharedArray['values'] | null {
  switch (dtype) {
    case 'float32':
      return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
    case 'int32':
      return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
    case 'bool':
      return new Uint8Array(new SharedArrayBuffer(length));
    default:
      return null;
  }
}

function fromTyped({ data, shape: given, scale = 1 }: Unchecked<TypedValue>, what: ValueEnd): SharedArray {
  if (!isStored(data)) {
    refuse(
      what,
      'have data in a Uint8Array, an Int32Array or a Float32Array',
      `${kindOf(data)}. Convert it, as with \`Float32Array.from(data)\``,
    );
  }
  const { samples, shape } = splitShape(given, what);
  checkLength(data.length, samples, shape, what);
  checkScale(scale, what);
  checkFinite(data, samples, what);
  return { values: share(data), samples, shape, scale, oneHot: null };
}

/** A view of the same memory if it is shared, else of a copy in shared memory. */
function share(data: Stored): SharedArray['values'] {
  const { buffer, byteOffset, length } = data;
  const bytes = data.byteLength;
  const shared = types.isSharedArrayBuffer(buffer) ? buffer : new SharedArrayBuffer(bytes);
  const offset = shared === buffer ? byteOffset : 0;
  if (shared !== buffer) new Uint8Array(shared).set(new Uint8Array(buffer, byteOffset, bytes));
  // Always a new view, because a Buffer is a Uint8Array too, and it is not a Buffer any more when a thread receives it.
  if (types.isUint8Array(data)) return new Uint8Array(shared, offset, length);
  if (types.isInt32Array(data)) return new Int32Array(shared, offset, length);
  return new Float32Array(shared, offset, length);
}

/** Returns a shared array unchanged. It is checked like other values, because it may be the user's own. */
function checkShared(array: SharedArray, what: ValueEnd): SharedArray {
  const { values, oneHot } = array;
  const { samples, shape } = splitShape([array.samples, ...array.shape], what);
  checkLength(values.length, samples, shape, what);
  checkScale(array.scale, what);
  checkFinite(values, samples, what);
  if (oneHot !== null) {
    if (sizeOf(shape) !== 1)
      refuse(what, 'have one class index for each sample if `oneHot` is set', `shape ${show(shape)}`);
    checkLabels(array, oneHot, what.end);
  }
  return array;
}

function splitShape(given: unknown, what: ValueEnd): { samples: number; shape: readonly number[] } {
  if (!Array.isArray(given) || given.length === 0) {
    refuse(
      what,
      'have a shape whose first dimension is the number of samples',
      Array.isArray(given) ? 'no dimensions' : kindOf(given),
    );
  }
  const [samples, ...shape] = given as [number, ...number[]];
  if (samples === 0) refuse(what, 'have at least one sample', `none: shape ${show(given)}`);
  if (!given.every((size) => Number.isSafeInteger(size) && size > 0)) {
    refuse(what, 'have a shape of positive integers', show(given));
  }
  return { samples, shape };
}

function checkLength(length: number, samples: number, shape: readonly number[], what: ValueEnd): void {
  const whole = [samples, ...shape];
  if (length !== sizeOf(whole)) {
    refuse(
      what,
      `have ${sizeOf(whole)} numbers for shape ${show(whole)}`,
      `${length}. The shape starts with the number of samples`,
    );
  }
}

function checkScale(scale: unknown, what: ValueEnd): asserts scale is number {
  if (typeof scale !== 'number' || !Number.isFinite(scale) || scale === 0) {
    refuse(
      what,
      'have a scale that is a finite number other than 0',
      typeof scale === 'number' ? `${scale}` : kindOf(scale),
    );
  }
}

function checkFinite(values: Stored, samples: number, { end, role }: ValueEnd): void {
  if (!types.isFloat32Array(values)) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (Number.isFinite(value)) continue;
    const sample = Math.floor(i / (values.length / samples));
    throw new EnsembleError(
      'NOT_FINITE',
      `Expected all numbers of the ${role} ${JSON.stringify(end)} to be finite. Received: ${value} in sample ${sample}. ` +
        'Remove such samples, or replace the value.',
    );
  }
}

function isTensor(value: unknown): value is TensorLike {
  if (typeof value !== 'object' || value === null) return false;
  const { dataSync, shape } = value as Unchecked<tf.Tensor>;
  return typeof dataSync === 'function' && Array.isArray(shape);
}

/** Checks that `shape` is no value of an input, because two inputs may have the names `data` and `shape`. */
function isTypedValue(value: unknown): value is Unchecked<TypedValue> {
  if (typeof value !== 'object' || value === null) return false;
  const { data, shape } = value as Unchecked<TypedValue>;
  return (ArrayBuffer.isView(data) || Array.isArray(data)) && (shape === undefined || isNumbers(shape));
}

function isSharedArray(value: unknown): value is SharedArray {
  if (typeof value !== 'object' || value === null) return false;
  const { values, samples, shape, oneHot } = value as Unchecked<SharedArray>;
  return (
    isStored(values) &&
    types.isSharedArrayBuffer(values.buffer) &&
    typeof samples === 'number' &&
    isNumbers(shape) &&
    (oneHot === null || typeof oneHot === 'number')
  );
}

function isDataset(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { x, y, classes } = value as { readonly x?: unknown; readonly y?: unknown; readonly classes?: unknown };
  return isSharedArray(x) && isSharedArray(y) && typeof classes === 'number';
}

function isStored(value: unknown): value is Stored {
  return types.isUint8Array(value) || types.isInt32Array(value) || types.isFloat32Array(value);
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((size) => typeof size === 'number');
}

function refuse({ end, role }: ValueEnd, expected: string, received: string): never {
  throw new EnsembleError(
    'INVALID_DATA',
    `Expected the ${role} ${JSON.stringify(end)} to ${expected}. Received: ${received}.`,
  );
}

function show(shape: readonly unknown[]): string {
  return `[${shape.map(String).join(', ')}]`;
}

/** The kind of a value, for messages: `Float64Array`, `Object`, `undefined`. */
function kindOf(value: unknown): string {
  return value === undefined || value === null
    ? String(value)
    : (((Object(value) as object).constructor as { name?: string } | undefined)?.name ?? typeof value);
}
