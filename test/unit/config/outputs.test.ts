import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { mergesOf, outputSchema, readMerge, type OutputSetting } from '../../../src/config/outputs.js';
import { checkData } from '../../../src/config/yaml.js';
import { resolveMerge } from '../../../src/merge/check.js';
import { direct, mean, weightedMean } from '../../../src/merge/index.js';
import { mergeRegistry } from '../../../src/merge/registry.js';
import { configs } from '../merge/batches.js';
import { midrange } from '../merge/midrange.js';

mergeRegistry.add(midrange);

/** An output as a configuration's reader sees it. */
const written = (merges: object): OutputSetting => ({ target: 'digits', ...merges });

/** What is wrong with an output, as the command tells it. */
function problems(output: unknown): readonly string[] {
  const schema = z.strictObject({ outputs: z.record(z.string(), z.lazy(outputSchema)) });
  return checkData({ outputs: { out: output } }, schema, () => []).problems;
}

describe.each(mergeRegistry.definitions)('$name in YAML', (merge) => {
  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(configs(merge), (data) => {
        const { merge: name, ...config } = resolveMerge(data, 'out');
        const hasOptions = Object.keys(config).length > 1;
        const short = merge.takes === 'one' ? config.members[0] : config.members;
        const output = written({ [name]: hasOptions ? config : short });
        const read = outputSchema().parse(parse(stringify(output)));
        expect(read).toEqual(output);
        expect(readMerge(read)).toEqual({ merge: name, ...config });
      }),
    );
  });
});

describe('the merge of an output', () => {
  it.each([
    [{ mean: ['a', 'b'] }, mean(['a', 'b'])],
    [{ direct: 'a' }, direct('a')],
    [{ weightedMean: { a: 0.6, b: 0.4 } }, weightedMean(['a', 'b'], [0.6, 0.4])],
    [{ weightedMean: { members: ['a', 'b'], weights: [0.6, 0.4] } }, weightedMean(['a', 'b'], [0.6, 0.4])],
    [{ weightedMean: { members: 0.6, weights: 0.4 } }, weightedMean(['members', 'weights'], [0.6, 0.4])],
    [{ midrange: { members: ['a', 'b'], upper: 1 } }, midrange(['a', 'b'], { upper: 1 })],
    [{ midrange: { members: ['a', 'b'] } }, midrange(['a', 'b'])],
    [{ mean: undefined, direct: 'a' }, direct('a')],
  ])('of %j', (merges, config) => {
    expect(problems(written(merges))).toEqual([]);
    expect(readMerge(written(merges))).toEqual(config);
  });

  it('has the options that it leaves out when it is planned', () => {
    expect(resolveMerge(readMerge(written({ midrange: ['a', 'b'] })), 'out')).toEqual(midrange(['a', 'b']));
  });

  it('is kept as it is written, so that a run can be repeated and known again', () => {
    const output = written({ weightedMean: { a: 0.6, b: 0.4 } });
    expect(outputSchema().parse(output)).toEqual(output);
  });

  it('may be missing or one of several before the configuration is checked further', () => {
    expect(mergesOf(written({}))).toEqual([]);
    expect(mergesOf(written({ mean: ['a'], direct: 'b' }))).toEqual([mean(['a']), direct('b')]);
    expect(() => readMerge(written({}))).toThrow(expect.objectContaining({ code: 'CONFIG' }) as Error);
  });

  it.each<[object, string]>([
    [{ mean: 3 }, 'outputs.out.mean: expected a list, found 3'],
    [{ mean: [] }, 'outputs.out.mean: expected a list that is not empty, found []'],
    [{ mean: ['a', 3] }, 'outputs.out.mean[1]: expected a text, found 3'],
    [{ direct: ['a'] }, 'outputs.out.direct: expected a text, found ["a"]'],
    [{ weightedMean: ['a'] }, 'outputs.out.weightedMean: expected a mapping, found ["a"]'],
    [{ weightedMean: { a: 'x' } }, 'outputs.out.weightedMean.a: expected a number, found "x"'],
    [
      { weightedMean: { members: ['a'], weights: ['x'] } },
      'outputs.out.weightedMean.weights[0]: expected a number, found "x"',
    ],
    [{ weightedMean: { members: ['a'] } }, 'outputs.out.weightedMean.weights: expected a list, found nothing'],
    [{ midrange: 3 }, 'outputs.out.midrange: expected a mapping or a list, found 3'],
    [{ midrange: { members: ['a'], upper: 2 } }, 'outputs.out.midrange.upper: expected a number <= 1, found 2'],
    [{ midrange: { members: ['a'], uper: 1 } }, 'outputs.out.midrange.uper: unknown key; did you mean "upper"?'],
    [{ meen: ['a'] }, 'outputs.out.meen: unknown key; did you mean "mean"?'],
  ])('%j is refused', (merges, message) => {
    expect(problems(written(merges))).toEqual([message]);
  });
});
