import { describe, expect, expectTypeOf, it } from 'vitest';
import { resolveMerge } from '../../../src/merge/check.js';
import { mean } from '../../../src/merge/index.js';
import { defineMerge, type MergeBatch } from '../../../src/merge/merge.js';
import { mergeRegistry } from '../../../src/merge/registry.js';
import type { MergeSpec } from '../../../src/merge/spec.js';
import { differences, dot, doubles, numbers, worstError } from '../../reference/numeric.js';
import { GRADIENT_TOLERANCE } from './batches.js';
import { learnedMean } from './learnedMean.js';
import { midrange } from './midrange.js';

mergeRegistry.add(midrange);

describe('the function of a defined merge', () => {
  it('takes members and options, and fills in defaults', () => {
    expect(midrange(['a', 'b'])).toEqual({ merge: 'midrange', members: ['a', 'b'], upper: 0.5 });
    expect(midrange(['a', 'b'], { upper: 1 })).toEqual({ merge: 'midrange', members: ['a', 'b'], upper: 1 });
  });

  it('knows its members and options', () => {
    expectTypeOf(midrange(['a', 'b'])).toEqualTypeOf<MergeSpec<'a' | 'b'>>();
    // @ts-expect-error no such option
    expect(() => midrange(['a'], { uper: 1 })).toThrow('Received: "uper"; did you mean "upper"?');
    // @ts-expect-error not a number
    expect(() => midrange(['a'], { upper: 'all' })).toThrow('Expected `upper` to be a number from 0 to 1');
  });

  it('has the name of the merge', () => {
    expect(midrange.name).toBe('midrange');
    expect(mean.name).toBe('mean');
  });
});

describe("a user's merge", () => {
  it('is known once it is registered, with the defaults of options that its data leaves out', () => {
    const data = { merge: 'midrange', members: ['a', 'b'] };
    expect(resolveMerge(data, 'out')).toEqual(midrange(['a', 'b']));
  });

  it('has its options checked, with the name of the output', () => {
    const data = { merge: 'midrange', members: ['a', 'b'], upper: 2 };
    expect(() => resolveMerge(data, 'out')).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(
          'In output "out": Expected `upper` to be a number from 0 to 1. Received: 2',
        ) as string,
      }),
    );
  });

  it('may be registered by each import of its module, but not under a name that is taken', () => {
    mergeRegistry.add(midrange);
    const other = defineMerge({ ...midrange.definition, takes: 'several', name: 'mean' });
    expect(() => {
      mergeRegistry.add(other);
    }).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
  });
});

describe('a merge with weights of its own', () => {
  it('gets them with the batch, and gives their gradients', () => {
    const merge = learnedMean.definition;
    const config = learnedMean(['a', 'b', 'c']);
    const shapes = [[5], [5], [5]];
    const batch: MergeBatch = {
      config,
      ys: [1, 2, 3].map((seed) => doubles(numbers(20, seed))),
      shapes,
      rows: 4,
      weights: doubles(numbers(3, 4)),
      weightGradients: doubles([5, 5, 5]),
    };
    const dout = doubles(numbers(20, 9));
    const dys = batch.ys.map((y) => doubles(y.map(() => 0)));
    merge.backward(batch, dout, dys);

    const out = doubles(new Array<number>(20).fill(NaN));
    const value = (): number => {
      merge.forward(batch, out);
      return dot(out, dout);
    };
    const expected = differences(batch.weights, value).map((d) => d + 5);
    expect(worstError(batch.weightGradients, expected)).toBeLessThan(GRADIENT_TOLERANCE);
    for (const [i, y] of batch.ys.entries())
      expect(worstError(dys[i] ?? [], differences(y, value))).toBeLessThan(GRADIENT_TOLERANCE);
  });
});
