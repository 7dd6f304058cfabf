import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { buildRun } from '../../../src/config/build.js';
import { checkConfig, overrideConfig, type Config } from '../../../src/config/config.js';
import { dataSetSchema } from '../../../src/config/dataSets.js';
import { checkData } from '../../../src/config/yaml.js';
import { sourceRegistry } from '../../../src/data/sources/registry.js';
import { defineSource } from '../../../src/data/sources/source.js';
import { ramp } from '../data/sources/ramp.js';

const plain = defineSource({
  name: 'plain',
  summary: 'Two samples, with no main option and no limit.',
  options: { height: z.number().default(1), shape: z.strictObject({ side: z.number() }).optional() },
  load: ({ height }) => ramp(2, { height }),
});
sourceRegistry.add(ramp);
sourceRegistry.add(plain);

const schema = z.strictObject({ data: z.record(z.string(), dataSetSchema) });

/** A data set as it is read, or all that is wrong with it, as the command tells it. */
function check(set: unknown) {
  const { value, problems } = checkData({ data: { mine: set } }, schema, () => []);
  return value === null ? problems : value.data['mine'];
}

/** A configuration that trains on one data set and tests on another. */
function config(mine: object, held: object = { plain: {} }): Config {
  const { value, problems } = checkConfig({
    name: 'x',
    data: { mine, held },
    nets: { net: [{ dense: { units: 2, activation: 'softmax' } }] },
    members: { a: { net: 'net' } },
    inputs: { input: { from: 'mine', shape: [1] } },
    outputs: { a: { direct: 'a', target: 'mine' } },
    compile: { optimizer: 'sgd', loss: 'categoricalCrossentropy' },
    evaluate: { on: 'held' },
  });
  if (value === null) throw new Error(problems.join('\n'));
  return value;
}

describe('a data set in YAML', () => {
  it.each([
    [{ mnist: 'train' }],
    [{ mnist: 'test', classes: [3, 8], limit: 100, rotate: 90 }],
    [{ mnist: { split: 'test', classes: [3, 8], limit: 100, rotate: 90 } }],
    [{ ramp: 3, height: 2 }],
    [{ ramp: { length: 3 } }],
    [{ plain: {} }],
    [{ plain: { height: 2, shape: { side: 3 } } }],
  ])('%j is kept as it is written, and the same when it is read again', (set) => {
    expect(check(set)).toEqual(set);
    expect(check(parse(stringify(check(set))))).toEqual(set);
  });

  it('has its options in one order, so that equal ones are loaded once', () => {
    const one = { limit: 5, rotate: 90, mnist: 'test', skip: 1 };
    expect(JSON.stringify(check(one))).toBe('{"mnist":"test","skip":1,"limit":5,"rotate":90}');
    expect(JSON.stringify(check({ mnist: { limit: 5, split: 'test' } }))).toBe('{"mnist":{"split":"test","limit":5}}');
  });

  it.each<[unknown, string]>([
    [{ mnst: 'train', limit: 3 }, 'data.mine.mnst: unknown key; did you mean "mnist"?'],
    [{ limit: 3, rmap: 3 }, 'data.mine.rmap: unknown key; did you mean "ramp"?'],
    [{ frobnicate: 3 }, `data.mine.frobnicate: unknown key; expected one of ${sourceRegistry.names.join(', ')}`],
    [{}, `data.mine: expected a source, one of ${sourceRegistry.names.join(', ')}, found {}`],
    ['mnist', 'data.mine: expected a mapping, found "mnist"'],
    [{ mnist: 'train', limt: 3 }, 'data.mine.limt: unknown key; did you mean "limit"?'],
    [{ mnist: 'train', split: 'test' }, 'data.mine.split: unknown key; expected one of mnist, classes, skip'],
    [{ mnist: 'train', ramp: 3 }, 'data.mine.ramp: unknown key; expected one of mnist, classes, skip'],
    [{ mnist: { split: 'train', limt: 3 } }, 'data.mine.mnist.limt: unknown key; did you mean "limit"?'],
    [{ mnist: { split: 'train' }, limit: 3 }, 'data.mine.limit: unknown key; expected one of mnist'],
    [{ mnist: {} }, 'data.mine.mnist.split: expected one of "train", "test", found nothing'],
    [{ mnist: null }, 'data.mine.mnist: expected one of "train", "test", found null'],
    [{ mnist: 'train', skip: -1 }, 'data.mine.skip: expected a number >= 0, found -1'],
    [{ ramp: 3, height: 'x' }, 'data.mine.height: expected a number, found "x"'],
    [{ plain: 3 }, 'data.mine.plain: expected a mapping, found 3'],
    [{ plain: { shape: { sid: 3, side: 3 } } }, 'data.mine.plain.shape.sid: unknown key; did you mean "side"?'],
  ])('%j is refused, with the path and what was meant', (set, message) => {
    const problems = check(set);
    expect(problems).toHaveLength(1);
    expect(problems).toEqual([expect.stringContaining(message)]);
  });

  it('is told of with all other mistakes', () => {
    const { problems } = checkConfig({ ...config({ ramp: 4 }), data: { mine: { rmap: 4 } }, members: 3 });
    expect(problems).toHaveLength(2);
  });

  it.each([[{ ramp: 4, height: 2 }], [{ ramp: { length: 4, height: 2 } }]])('%j is loaded', async (set) => {
    const { training, test } = await buildRun(config(set));
    expect([...(training.inputs['input']?.values ?? [])]).toEqual([0, 0.5, 1, 1.5]);
    expect([...(training.targets['a']?.values ?? [])]).toEqual([0, 1, 0, 1]);
    expect([...(test?.inputs['input']?.values ?? [])]).toEqual([0, 0.5]);
  });
});

describe('--samples', () => {
  it.each([
    [{ ramp: 9 }, { ramp: 9, limit: 5 }],
    [
      { limit: 7, ramp: 9 },
      { ramp: 9, limit: 5 },
    ],
    [{ ramp: { length: 9 } }, { ramp: { length: 9, limit: 5 } }],
    [{ plain: {} }, { plain: {} }],
  ])('makes %j %j', (set, limited) => {
    const { data } = overrideConfig(config(set, { ramp: 9 }), { samples: 5 });
    expect(data).toEqual({ mine: limited, held: { ramp: 9 } });
  });
});
