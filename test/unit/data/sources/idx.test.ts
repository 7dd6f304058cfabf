import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIdx } from '../../../../src/data/sources/idx.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idx-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function write(content: Uint8Array): Promise<string> {
  const file = join(folder, randomBytes(6).toString('hex'));
  await writeFile(file, content);
  return file;
}

/** The format as its page describes it, written byte by byte. */
function idx(type: number, shape: readonly number[], data: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.writeUInt8(type, 2);
  head.writeUInt8(shape.length, 3);
  for (const [i, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([head, data]);
}

function bigEndian(numbers: readonly number[], write: 'writeInt32BE' | 'writeFloatBE'): Buffer {
  const out = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) out[write](number, 4 * i);
  return out;
}

describe('readIdx', () => {
  const noise = randomBytes(700_000); // several chunks, plain and inflated
  const floats = [0.5, -1.25, 3, 2 ** 100, -(2 ** -100), 0];
  const ints = [1, -2, 2 ** 31 - 1, -(2 ** 31), 256, 0];
  const cases = [
    ['uint8', [3, 2], idx(0x08, [3, 2], Uint8Array.of(0, 1, 2, 253, 254, 255)), Uint8Array.of(0, 1, 2, 253, 254, 255)],
    ['int32', [2, 3], idx(0x0c, [2, 3], bigEndian(ints, 'writeInt32BE')), Int32Array.from(ints)],
    ['float32', [6], idx(0x0d, [6], bigEndian(floats, 'writeFloatBE')), Float32Array.from(floats)],
    ['many chunks', [700, 10, 100], idx(0x08, [700, 10, 100], noise), Uint8Array.from(noise)],
    ['no samples', [0, 28, 28], idx(0x08, [0, 28, 28], new Uint8Array(0)), new Uint8Array(0)],
  ] as const;

  describe.each(cases)('%s', (_, shape, content, values) => {
    it.each([
      ['plain', content],
      ['gzipped', gzipSync(content)],
    ])('%s, into shared memory', async (_, bytes) => {
      const array = await readIdx(await write(bytes));
      expect(array.shape).toEqual(shape);
      // Not `toEqual`: it would walk 700 000 numbers one by one.
      expect(array.values.constructor).toBe(values.constructor);
      expect(Buffer.compare(Buffer.from(array.values.buffer), Buffer.from(values.buffer))).toBe(0);
      expect(array.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    });
  });

  it('takes a URL, and a gzip file of several parts', async () => {
    const content = idx(0x08, [4], Uint8Array.of(1, 2, 3, 4));
    const parts = Buffer.concat([gzipSync(content.subarray(0, 5)), gzipSync(content.subarray(5))]);
    const { values } = await readIdx(pathToFileURL(await write(parts)));
    expect([...values]).toEqual([1, 2, 3, 4]);
  });
});

describe('readIdx refuses', () => {
  const six = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const good = idx(0x08, [2, 3], six);
  const huge = Array.from({ length: 255 }, () => 0xffffffff);

  it.each([
    ['an empty file', Buffer.alloc(0), 'a whole idx header. Found: the end after 0 bytes'],
    ['half a header', good.subarray(0, 7), 'a whole idx header. Found: the end after 7 bytes'],
    ['another format', Buffer.from('PNG, not idx'), 'magic number.*Found: 50 4e 47 2c'],
    ['a type that it does not read', idx(0x0e, [1], Buffer.alloc(8)), 'Found: 00 00 0e 01'],
    ['no dimensions', idx(0x08, [], six), 'Found: 00 00 08 00'],
    ['missing bytes', good.subarray(0, -1), '6 bytes of data for shape \\[2, 3\\]. Found: .*5'],
    ['bytes too many', Buffer.concat([good, six]), '6 bytes of data for shape \\[2, 3\\]. Found: more'],
    ['absurd dimensions', idx(0x0d, huge, six), 'Infinity bytes of data .* Found: at most 6'],
    ['dimensions whose product is 0 in 32 bits', idx(0x08, [65536, 65536], six), '4294967296 bytes of data'],
  ])('%s, plain', async (_, content, message) => {
    const file = await write(content);
    const error = await readIdx(file).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'EnsembleError', code: 'IDX_FORMAT' });
    expect((error as Error).message).toMatch(new RegExp(message));
    expect((error as Error).message).toContain(file);
  });

  it.each([
    ['missing bytes', gzipSync(good.subarray(0, -1)), '6 bytes of data for shape \\[2, 3\\]. Found: 5'],
    ['bytes too many', gzipSync(Buffer.concat([good, six])), 'Found: more'],
    ['a bomb', gzipSync(Buffer.concat([good, Buffer.alloc(100_000_000)])), 'Found: more'],
    [
      'dimensions beyond what it can hold',
      gzipSync(idx(0x08, [2 ** 31], six)),
      '2147483648 bytes .* at most \\d{5}\\b',
    ],
    ['a stream cut short', gzipSync(idx(0x08, [700], randomBytes(700))).subarray(0, 500), 'unexpected end of file'],
    ['a damaged stream', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]), 'readable idx file.* Found: '],
  ])('%s, gzipped', async (_, content, message) => {
    const error = await readIdx(await write(content)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'EnsembleError', code: 'IDX_FORMAT' });
    expect((error as Error).message).toMatch(new RegExp(message));
  });

  it('a file that is not there, with the cause', async () => {
    const file = join(folder, 'nowhere');
    await expect(readIdx(file)).rejects.toMatchObject({
      code: 'IDX_FORMAT',
      message: expect.stringContaining(file) as string,
      cause: { code: 'ENOENT' },
    });
  });

  it('a folder, with the cause', async () => {
    await expect(readIdx(folder)).rejects.toMatchObject({ code: 'IDX_FORMAT', cause: { code: 'EISDIR' } });
  });
});
