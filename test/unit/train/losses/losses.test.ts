import fc from 'fast-check';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LogitsActivation, Shape } from '../../../../src/protocol/plan.js';
import type { LossName } from '../../../../src/train/losses/registry.js';
import { sizeOf } from '../../../../src/protocol/shape.js';
import { optionsIn } from '../../../../src/registry/definition.js';
import * as losses from '../../../../src/train/losses/index.js';
import { classCount, targetShape, type Loss, type LossBatch } from '../../../../src/train/losses/loss.js';
import { lossRegistry } from '../../../../src/train/losses/registry.js';
import { kerasValues } from '../../../reference/kerasValues.js';
import { differences, doubles, numbers, worstError } from '../../../reference/numeric.js';

/** Keras computes in float32; a few roundings of 6e-8 each, of numbers up to 16. */
const KERAS_TOLERANCE = 2e-6;
/** Central differences in float64 leave about 1e-10. */
const GRADIENT_TOLERANCE = 1e-8;

const { names } = lossRegistry;
const activations: readonly (LogitsActivation | null)[] = [null, 'softmax', 'sigmoid'];

function lossOf(loss: LossName, logits: LogitsActivation | null): ((batch: LossBatch) => number) | undefined {
  const definition: Loss = losses[loss].definition;
  const form = logits === null ? definition.fromOutputs : definition.fromLogits?.[logits];
  const options = optionsIn('loss', lossRegistry.resolve('loss', loss));
  return form === undefined ? undefined : (batch) => form(batch, options);
}

function batchOf(shape: Shape, rows: number, parts: Pick<LossBatch, 'target' | 'y'> & Partial<LossBatch>): LossBatch {
  return { dy: null, scale: 1, rows, size: sizeOf(shape), width: shape.at(-1) ?? 1, ...parts };
}

describe('values of Keras 3', () => {
  it.each(kerasValues.losses)('$loss of $name (logits: $logits)', (recorded) => {
    const { loss, logits, shape, rows, value, gradient } = recorded;
    const dy = new Float32Array(recorded.y.length).fill(NaN);
    const target = Float32Array.from(recorded.target);
    const y = Float32Array.from(recorded.y);
    const sum = lossOf(loss, logits)?.(batchOf(shape, rows, { target, y, dy, scale: 1 / rows })) ?? NaN;
    expect(worstError([sum / rows], [value])).toBeLessThan(KERAS_TOLERANCE);
    expect(worstError(dy, gradient)).toBeLessThan(KERAS_TOLERANCE);
  });

  it('are recorded for every loss that has no test of its own', () => {
    const recorded = new Set<string>(kerasValues.losses.map(({ loss }) => loss));
    const others = names.filter((name) => !recorded.has(name));
    const untested = others.filter((name) => !existsSync(new URL(`${name}.test.ts`, import.meta.url)));
    expect(untested).toEqual([]);
  });

  it('are recorded with a loss of 80 through the logits', () => {
    const far = kerasValues.losses.filter(({ name, logits }) => name === 'a loss of 80' && logits !== null);
    expect(Math.max(...far.map(({ value }) => value))).toBeGreaterThan(80);
  });
});

describe.each(names)('%s', (name) => {
  const rows = 3;
  const shapes: readonly Shape[] = [[1], [4], [2, 3], [2, 2, 3]];
  const cases = shapes.flatMap((shape) =>
    activations
      .filter((logits) => lossOf(name, logits) !== undefined)
      .map((logits) => ({ shape, logits, title: `[${shape.join(', ')}]${logits === null ? '' : ', logits'}` })),
  );

  function example(shape: Shape, logits: LogitsActivation | null): Pick<LossBatch, 'target' | 'y'> {
    const width = shape.at(-1) ?? 1;
    const count = rows * sizeOf(shape);
    const z = numbers(count, 1);
    // Away from the clipping bounds, where there is no derivative. Not normalised: the categorical loss does that.
    const y = doubles(logits === null ? z.map((v) => 0.5 + 0.4 * v) : z.map((v) => 3 * v));
    if (name === 'sparseCategoricalCrossentropy') {
      const labels = numbers(count / width, 2).map((v) => Math.floor(((v + 1) / 2) * width));
      return { y, target: doubles(labels) };
    }
    const target = doubles(numbers(count, 2).map((v) => (v + 1) / 2));
    // Rows of targets that sum to 1: through the logits, TensorFlow's gradient takes that for granted.
    for (let start = 0; start < count && name === 'categoricalCrossentropy'; start += width) {
      const row = target.subarray(start, start + width);
      row.set(row.map((t) => t / row.reduce((sum, other) => sum + other, 0)));
    }
    return { y, target };
  }

  it.each(cases)('has the gradient of its value: $title', ({ shape, logits }) => {
    const scale = 0.7;
    const f = lossOf(name, logits);
    const { y, target } = example(shape, logits);
    const dy = doubles(new Array<number>(y.length).fill(NaN));
    f?.(batchOf(shape, rows, { target, y, dy, scale }));
    const expected = differences(y, () => scale * (f?.(batchOf(shape, rows, { target, y })) ?? NaN));
    expect(worstError(dy, expected)).toBeLessThan(GRADIENT_TOLERANCE);
  });

  it.each(cases)('is a sum over rows: $title', ({ shape, logits }) => {
    const f = lossOf(name, logits);
    const { y, target } = example(shape, logits);
    const [size, targetSize] = [y.length / rows, target.length / rows];
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const one = {
        target: target.subarray(row * targetSize, (row + 1) * targetSize),
        y: y.subarray(row * size, (row + 1) * size),
      };
      sum += f?.(batchOf(shape, 1, one)) ?? NaN;
    }
    expect(f?.(batchOf(shape, rows, { target, y }))).toBeCloseTo(sum, 12);
  });

  it('leaves rows beyond the batch alone', () => {
    const { y, target } = example([4], null);
    const dy = new Float32Array(y.length).fill(7);
    lossOf(name, null)?.(batchOf([4], 2, { target, y, dy }));
    expect([...dy.subarray(8)]).toEqual([7, 7, 7, 7]);
  });

  it('passes a NaN on', () => {
    const { y, target } = example([4], null);
    y.fill(NaN);
    expect(lossOf(name, null)?.(batchOf([4], rows, { target, y }))).toBeNaN();
  });

  it('wants targets of a shape', () => {
    const sparse = name === 'sparseCategoricalCrossentropy';
    expect(targetShape(losses[name].definition, [5, 3])).toEqual(sparse ? [5] : [5, 3]);
    expect(targetShape(losses[name].definition, [3])).toEqual(sparse ? [] : [3]);
    expect(classCount(losses[name].definition, [5, 3])).toBe(sparse ? 3 : null);
  });
});

describe('relations between losses', () => {
  const row = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 6 });

  it('sparse and one-hot targets give the same', () => {
    fc.assert(
      fc.property(row, fc.nat(), (z, n) => {
        const [y, label, shape] = [doubles(z), n % z.length, [z.length]];
        const oneHot = doubles(z.map((_, j) => (j === label ? 1 : 0)));
        const [sparse, categorical] = [new Float32Array(z.length), new Float32Array(z.length)];
        expect(
          lossOf(
            'sparseCategoricalCrossentropy',
            'softmax',
          )?.(batchOf(shape, 1, { target: doubles([label]), y, dy: sparse })),
        ).toBeCloseTo(
          lossOf('categoricalCrossentropy', 'softmax')?.(batchOf(shape, 1, { target: oneHot, y, dy: categorical })) ??
            NaN,
          12,
        );
        expect(sparse).toEqual(categorical);
      }),
    );
  });

  it('logits that differ by a constant give the same', () => {
    fc.assert(
      fc.property(row, fc.nat(), fc.integer({ min: -1000, max: 1000 }), (z, n, shift) => {
        const target = doubles([n % z.length]);
        const value = (logits: readonly number[]): number =>
          lossOf(
            'sparseCategoricalCrossentropy',
            'softmax',
          )?.(batchOf([z.length], 1, { target, y: doubles(logits) })) ?? NaN;
        expect(value(z.map((v) => v + shift))).toBeCloseTo(value(z), 9);
      }),
    );
  });

  it('two classes are one binary class: softmax(z, 0) = σ(z)', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -700, max: 700, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (z, t) => {
          const two = lossOf(
            'categoricalCrossentropy',
            'softmax',
          )?.(batchOf([2], 1, { target: doubles([t, 1 - t]), y: doubles([z, 0]) }));
          const one = lossOf(
            'binaryCrossentropy',
            'sigmoid',
          )?.(batchOf([1], 1, { target: doubles([t]), y: doubles([z]) }));
          expect(one).toBeCloseTo(two ?? NaN, 9);
        },
      ),
    );
  });
});
