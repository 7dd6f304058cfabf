import { open, type FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { EnsembleError } from '../../errors.js';
import type { SharedArray } from '../../protocol/data.js';
import { sizeOf } from '../../protocol/shape.js';

/** The contents of an idx file. Pass it to an ensemble as `{ data: values, shape }`. */
export interface IdxArray {
  /** Sizes of the dimensions. In a data set, the first one is the number of samples. */
  readonly shape: number[];
  /** All numbers, row-major, in shared memory and in the byte order of this machine. */
  readonly values: SharedArray['values'];
}

/** The supported types, by their code in the file's third byte. */
const TYPES = {
  0x08: { bytes: 1, view: (memory: SharedArrayBuffer) => new Uint8Array(memory) },
  0x0c: { bytes: 4, view: (memory: SharedArrayBuffer) => new Int32Array(memory) },
  0x0d: { bytes: 4, view: (memory: SharedArrayBuffer) => new Float32Array(memory) },
} as const;
type TypeCode = keyof typeof TYPES;

const MAGIC_BYTES = 4;
const DIMENSION_BYTES = 4;
const READ_BYTES = 1 << 18;

/** Largest ratio of deflate ("zlib Technical Details"). With it, a file's size limits the size of its contents. */
const GREATEST_RATIO = 1032;

/**
 * Reads an idx file, plain or gzipped, into shared memory. It is the format of MNIST (http://yann.lecun.com/exdb/mnist/), big-endian: two
 * zero bytes, a type, the number of dimensions, their sizes (uint32), the numbers. Types are uint8 (0x08), int32 (0x0c) and float32 (0x0d).
 *
 * The size in the header is checked against the file's size before memory is allocated. Inflating stops if it gives more.
 * @throws EnsembleError `IDX_FORMAT` with the file, the expected value and the found value
 */
export async function readIdx(file: string | URL): Promise<IdxArray> {
  const path = typeof file === 'string' ? file : fileURLToPath(file);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const { size } = await handle.stat();
    const gzipped = await isGzipped(handle);
    const source = handle.createReadStream({ start: 0, highWaterMark: READ_BYTES });
    if (!gzipped) return await decode(source, size, path);
    // An error in either stream ends both. The decoder gets it from the second stream.
    const inflated = pipeline(source, createGunzip({ chunkSize: READ_BYTES }), () => undefined);
    return await decode(inflated, size * GREATEST_RATIO, path);
  } catch (error) {
    if (error instanceof EnsembleError) throw error;
    return refuse(
      path,
      'a readable idx file, plain or gzipped',
      error instanceof Error ? error.message : String(error),
      error,
    );
  } finally {
    await handle?.close();
  }
}

async function isGzipped(handle: FileHandle): Promise<boolean> {
  const magic = new Uint8Array(2);
  await handle.read(magic, 0, magic.length, 0);
  return magic[0] === 0x1f && magic[1] === 0x8b;
}

/** @param capacity the largest number of bytes that can come, with the header */
async function decode(chunks: AsyncIterable<Buffer>, capacity: number, path: string): Promise<IdxArray> {
  let head = Buffer.alloc(0);
  let array: (IdxArray & { readonly bytes: Uint8Array }) | null = null;
  let filled = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    if (array === null) {
      head = Buffer.concat([head, chunk]);
      const header = parseHeader(head, path);
      if (header === null) continue;
      array = allocate(header, capacity, path);
      rest = head.subarray(header.length);
    }
    if (filled + rest.length > array.bytes.length) {
      refuse(
        path,
        `${array.bytes.length} bytes of data for shape [${array.shape.join(', ')}]`,
        'more bytes after them',
      );
    }
    array.bytes.set(rest, filled);
    filled += rest.length;
  }
  if (array === null) refuse(path, 'a whole idx header', `the end after ${head.length} bytes`);
  const { shape, values, bytes } = array;
  if (filled < bytes.length) refuseTruncated(path, bytes.length, shape, `${filled}`);
  // A Buffer of the same memory, because its `swap32` is native code.
  if (values.BYTES_PER_ELEMENT === 4 && endianness() === 'LE') Buffer.from(values.buffer).swap32();
  return { shape, values };
}

interface Header {
  readonly type: TypeCode;
  readonly shape: number[];
  /** Bytes of the header itself. */
  readonly length: number;
}

/** Parses the header; null if it is not complete yet. */
function parseHeader(head: Buffer, path: string): Header | null {
  if (head.length < MAGIC_BYTES) return null;
  const type = head.readUInt8(2);
  const rank = head.readUInt8(3);
  if (head.readUInt16BE(0) !== 0 || !isTypeCode(type) || rank === 0) {
    refuse(
      path,
      'the magic number of an idx file, 00 00, then 08 (uint8), 0c (int32) or 0d (float32), then the number of dimensions',
      head.toString('hex', 0, MAGIC_BYTES).replace(/..(?=.)/g, '$& '),
    );
  }
  const length = MAGIC_BYTES + rank * DIMENSION_BYTES;
  if (head.length < length) return null;
  const shape = Array.from({ length: rank }, (_, i) => head.readUInt32BE(MAGIC_BYTES + i * DIMENSION_BYTES));
  return { type, shape, length };
}

function isTypeCode(code: number): code is TypeCode {
  return Object.hasOwn(TYPES, code);
}

function allocate(
  { type, shape, length }: Header,
  capacity: number,
  path: string,
): IdxArray & { readonly bytes: Uint8Array } {
  const { bytes: bytesEach, view } = TYPES[type];
  // If the product is infinite or too large to be exact, it is also larger than any file.
  const size = sizeOf(shape) * bytesEach;
  if (size > capacity - length) refuseTruncated(path, size, shape, `at most ${Math.max(0, capacity - length)}`);
  const memory = new SharedArrayBuffer(size);
  return { shape, values: view(memory), bytes: new Uint8Array(memory) };
}

function refuseTruncated(path: string, expected: number, shape: readonly number[], found: string): never {
  refuse(
    path,
    `${expected} bytes of data for shape [${shape.join(', ')}]`,
    `${found}, so the file is truncated or damaged`,
  );
}

function refuse(path: string, expected: string, found: string, cause?: unknown): never {
  throw new EnsembleError(
    'IDX_FORMAT',
    `Could not read ${path}. Expected ${expected}. Found: ${found}.`,
    cause === undefined ? {} : { cause },
  );
}
