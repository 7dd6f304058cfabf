import { describe, expect, it } from 'vitest';
import { checkedDefinition } from '../../../src/experiment/definition.js';
import { expand } from '../../../src/experiment/expand.js';
import { checkConfig } from '../../../src/config/config.js';

const base =
  checkConfig({
    name: 'base',
    data: { digits: { mnist: 'train', limit: 64 } },
    nets: { net: [{ flatten: {} }, { dense: { units: 10, activation: 'softmax' } }] },
    members: { a: { net: 'net' }, b: { net: 'net' } },
    inputs: { input: { from: 'digits', shape: [28, 28, 1] } },
    outputs: { combined: { mean: ['a', 'b'], target: 'digits' } },
    compile: { optimizer: 'adam', loss: 'categoricalCrossentropy', lossWeights: { combined: 2 } },
    fit: { batchSize: 32 },
  }).value ?? expect.unreachable();

function expanded(given: object) {
  return expand(checkedDefinition({ name: 'series', base: 'base.yaml', ...given }, 'series.yaml'), base, '/folder');
}

function problemsOf(given: object): string {
  return expanded(given).problems.join('\n');
}

describe('expand', () => {
  it('is the base alone where nothing is changed', () => {
    expect(expanded({})).toMatchObject({ problems: [], variants: [{ name: 'base', changes: {}, config: base }] });
  });

  it('makes every combination of a grid, named by its last keys', () => {
    const { variants } = expanded({ grid: { 'fit.batchSize': [16, 32], 'compile.optimizer': ['adam', 'sgd'] } });
    expect(variants.map(({ name }) => name)).toEqual([
      'batchSize=16, optimizer=adam',
      'batchSize=16, optimizer=sgd',
      'batchSize=32, optimizer=adam',
      'batchSize=32, optimizer=sgd',
    ]);
    expect(variants[1]?.config).toMatchObject({ fit: { batchSize: 16 }, compile: { optimizer: 'sgd' } });
  });

  it('names grid keys in full where their ends are the same', () => {
    const grid = { 'nets.net[1].dense.units': [10], 'nets.net.0': [{ dense: { units: 3 } }], 'data.digits.limit': [8] };
    expect(expanded({ grid: { ...grid, 'evaluate.limit': [1] } }).problems).toHaveLength(1); // no such place
    expect(expanded({ grid }).variants[0]?.name).toBe('units=10, 0={"dense":{"units":3}}, limit=8');
  });

  it('crosses named variants with the grid, after the changes for all', () => {
    const { variants } = expanded({
      changes: { 'fit.epochs': 5, 'fit.batchSize': 8 },
      variants: { sum: { 'outputs.combined': { sum: ['a', 'b'], target: 'digits' } }, mean: null },
      grid: { 'fit.batchSize': [16, 32] },
    });
    expect(variants.map(({ name }) => name)).toEqual([
      'sum, batchSize=16',
      'sum, batchSize=32',
      'mean, batchSize=16',
      'mean, batchSize=32',
    ]);
    expect(variants[0]?.config.outputs).toEqual({ combined: { sum: ['a', 'b'], target: 'digits' } });
    expect(variants[3]).toMatchObject({
      changes: { 'fit.batchSize': 32 },
      config: { fit: { epochs: 5, batchSize: 32 }, outputs: base.outputs },
    });
  });

  it('reaches into lists, takes keys away with null, and leaves the base as it was', () => {
    const before = structuredClone(base);
    const { variants } = expanded({
      changes: { 'compile.lossWeights': null, 'nets.net[1].dense.activation': 'sigmoid', 'members.b': null },
      variants: { one: { 'outputs.combined.mean': ['a'] } },
    });
    expect(variants[0]?.config.compile.lossWeights).toBeUndefined();
    expect(variants[0]?.config.nets['net']?.[1]).toEqual({ dense: { units: 10, activation: 'sigmoid' } });
    expect(variants[0]?.config.members).toEqual({ a: { net: 'net' } });
    expect(base).toEqual(before);
  });

  it('finds models beside the file of the series', () => {
    const { variants } = expanded({ changes: { 'members.a': { model: 'old/model.json' } } });
    expect(variants[0]?.config.members['a']?.model).toMatch(/folder.old.model\.json$/);
  });

  it.each([
    [
      'an unknown key',
      { variants: { x: { 'fit.batchsize': 3 } } },
      'x: fit.batchsize: unknown key; did you mean "batchSize"?',
    ],
    [
      'a grid over something that does not exist',
      { grid: { 'data.digitz.limit': [1, 2] } },
      'limit=1: data.digitz.limit: the base has no `data.digitz`; did you mean "digits"?',
    ],
    ['a value of the wrong kind', { variants: { x: { 'fit.epochs': 'many' } } }, 'x: fit.epochs: expected a number'],
    ['a member that is not there', { variants: { x: { 'outputs.combined.mean': ['a', 'c'] } } }, '"c"'],
    [
      'a mistake in the last variant',
      { variants: { ok: {}, fine: {}, last: { fit: { epoch: 3 } } } },
      'last: fit.epoch',
    ],
    ['two variants with one name', { grid: { 'fit.epochs': [2, 2] } }, 'two variants are named "epochs=2"'],
    ['a baseline that is not there', { variants: { sum: {}, mean: {} }, baseline: 'main' }, 'did you mean "mean"?'],
    ['a priority of no variant', { variants: { mean: {} }, priorities: { men: 1 } }, 'did you mean "mean"?'],
    ['what every object inherits', { changes: { 'fit.toString.x': 1 } }, 'the base has no `fit.toString`'],
    ['an index past the end', { changes: { 'nets.net[5]': { flatten: {} } } }, 'expected an index from 0 to 2'],
    ['a key that reaches for the prototype', { changes: { '__proto__.x': 1 } }, '__proto__'],
  ])('refuses %s', (_what, given, part) => {
    expect(problemsOf(given)).toContain(part);
  });

  it('tells a mistake for all variants once, and those of several variants together', () => {
    expect(expanded({ changes: { 'fit.epochs': 0 } }).problems).toHaveLength(1);
    expect(expanded({ variants: { a: { 'fit.epochs': 0 }, b: { 'fit.seeds': 0 } } }).problems).toHaveLength(2);
  });
});

describe('a definition', () => {
  it.each([
    ['an unknown key', { seed: [1] }, 'seed: unknown key; did you mean "seeds"?'],
    ['an empty grid', { grid: {} }, 'grid: expected at least one key'],
    ['a grid without values', { grid: { 'fit.epochs': [] } }, 'grid.fit.epochs: expected a list that is not empty'],
    ['no variants', { variants: {} }, 'variants: expected at least one'],
    ['no seeds', { seeds: [] }, 'seeds: expected a list that is not empty'],
    ['a seed twice', { seeds: [1, 2, 1] }, 'seeds: expected each seed once'],
    ['a seed among the changes', { grid: { 'fit.seed': [1, 2] } }, 'grid.fit.seed: seeds are listed in `seeds`'],
    ['a seed among nested changes', { variants: { x: { fit: { seed: 7 } } } }, 'variants.x.fit.seed: seeds are listed'],
    ['threads of a run', { changes: { 'fit.threads': 2 } }, 'changes.fit.threads: threads are set for the series'],
    ['variants called by numbers', { variants: { 2: {}, 1: {} } }, 'the order of numeric keys'],
    ['a name in two lines', { variants: { 'a\nb': {} } }, 'names in one line'],
    ['a name that makes no folder', { name: '../x' }, 'name: expected letters'],
  ])('refuses %s', (_what, given, part) => {
    const whole = { name: 'series', base: 'base.yaml', ...given };
    expect(() => checkedDefinition(whole, 'series.yaml')).toThrow(part);
  });

  it('is told from the configuration of a single run', () => {
    expect(() => checkedDefinition({ name: 'run', members: {} }, 'run.yaml')).toThrow('train --config');
  });
});
