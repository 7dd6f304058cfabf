import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { direct, mean } from '../../../src/merge/index.js';
import { compileEnsemble } from '../../../src/plan/compile.js';
import { planEnsemble } from '../../../src/plan/plan.js';
import type { CompileOptions } from '../../../src/plan/types.js';
import { adam, sgd } from '../../../src/train/optimizers/index.js';

const net = (): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: 'softmax' })] });
const members = { a: { model: net() }, b: { model: net(), optimizer: sgd({ learningRate: 0.5 }) } };
const plan = planEnsemble(members, { m: mean(['a', 'b']), b: direct('b') });
const base: CompileOptions<string> = { optimizer: adam(), loss: 'categoricalCrossentropy' };

describe('compileEnsemble', () => {
  it('takes one loss for all outputs, a list in their order, or a record by name', () => {
    const losses = (options: Partial<CompileOptions<string>>) =>
      Object.values(compileEnsemble(plan, members, { ...base, ...options }).objectives).map(({ loss }) => loss.loss);
    expect(losses({})).toEqual(['categoricalCrossentropy', 'categoricalCrossentropy']);
    expect(losses({ loss: ['meanSquaredError', 'binaryCrossentropy'] })).toEqual([
      'meanSquaredError',
      'binaryCrossentropy',
    ]);
    expect(losses({ loss: { b: 'binaryCrossentropy', m: 'meanSquaredError' } })).toEqual([
      'meanSquaredError',
      'binaryCrossentropy',
    ]);
  });

  it('has loss weights of 1 and no metrics unless they are given', () => {
    const { objectives } = compileEnsemble(plan, members, {
      ...base,
      lossWeights: { b: 0.5 },
      metrics: { m: ['accuracy'] },
    });
    expect(objectives).toMatchObject({
      m: { lossWeight: 1, metrics: [{ metric: 'accuracy' }] },
      b: { lossWeight: 0.5, metrics: [] },
    });
  });

  it.each<[NonNullable<CompileOptions<string>['metrics']>, string[], string[]]>([
    ['accuracy', ['accuracy'], ['accuracy']],
    [['accuracy'], ['accuracy'], ['accuracy']],
    [{ m: 'accuracy' }, ['accuracy'], []],
    [{ b: ['accuracy'] }, [], ['accuracy']],
  ])('takes the metrics %j', (metrics, m, b) => {
    const { objectives } = compileEnsemble(plan, members, { ...base, metrics });
    const namesOf = (output: string) => objectives[output]?.metrics.map(({ metric }) => metric);
    expect([namesOf('m'), namesOf('b')]).toEqual([m, b]);
  });

  it('prefers a member its own optimizer', () => {
    const { optimizers } = compileEnsemble(plan, members, { ...base, optimizer: 'adam' });
    expect(optimizers).toMatchObject({
      a: { optimizer: 'adam', learningRate: 0.001 },
      b: { optimizer: 'sgd', learningRate: 0.5 },
    });
  });

  it.each<[string, object, string, string[]]>([
    [
      'an unknown loss',
      { loss: 'categoricalCrossEntropi' },
      'INVALID_OPTION',
      ['"categoricalCrossEntropi"', 'did you mean "categoricalCrossentropy"'],
    ],
    [
      'a loss for an unknown output',
      { loss: { m: 'meanSquaredError', b: 'meanSquaredError', c: 'meanSquaredError' } },
      'UNKNOWN_OUTPUT',
      ['"c"', '"m", "b"'],
    ],
    ['a missing loss', { loss: { m: 'meanSquaredError' } }, 'INVALID_OPTION', ['"b"']],
    ['no loss', { loss: undefined }, 'INVALID_OPTION', ['loss']],
    ['too few losses', { loss: ['meanSquaredError'] }, 'INVALID_OPTION', ['2', '1']],
    ['a loss weight that is not a number', { lossWeights: { m: NaN } }, 'INVALID_OPTION', ['"m"', 'NaN']],
    ['a loss weight for an unknown output', { lossWeights: { x: 1 } }, 'UNKNOWN_OUTPUT', ['"x"']],
    ['an unknown metric', { metrics: ['acuracy'] }, 'INVALID_OPTION', ['did you mean "accuracy"']],
    ['an unknown optimizer', { optimizer: 'adamm' }, 'INVALID_OPTION', ['did you mean "adam"']],
    ['metrics for an unknown output', { metrics: { x: 'accuracy' } }, 'UNKNOWN_OUTPUT', ['"x"']],
    ['metrics that are no names', { metrics: 3 }, 'INVALID_OPTION', ['metrics', 'Received: 3']],
    ['a loss weight in quotes', { lossWeights: { m: '1' } }, 'INVALID_OPTION', ['"m"', 'Received: "1"']],
    ['an unknown option', { lossWeight: {} }, 'INVALID_OPTION', ['"lossWeight"; did you mean "lossWeights"?']],
    ['an optimizer that is null', { optimizer: null }, 'INVALID_OPTION', ['optimizer', 'adam()', 'Received: null']],
    ['an unknown configuration', { optimizer: { optimizer: 'foo', learningRate: 1 } }, 'INVALID_OPTION', ['"foo"']],
    [
      'a wrong configuration',
      { optimizer: { optimizer: 'adam', learningRate: '1' } },
      'INVALID_OPTION',
      ['optimizer', 'learningRate', 'Received: "1"'],
    ],
    ['no optimizer', { optimizer: undefined }, 'INVALID_OPTION', ['optimizer']],
  ])('refuses %s', (_what, options, code, parts) => {
    const compile = () => compileEnsemble(plan, members, { ...base, ...options });
    expect(compile).toThrow(expect.objectContaining({ code }) as Error);
    for (const part of parts) expect(compile).toThrow(part);
  });

  it('refuses no options at all, and names a member whose optimizer is wrong', () => {
    expect(() => compileEnsemble(plan, members, undefined as never)).toThrow('Received: undefined');
    const spoilt = { ...members, b: { model: net(), optimizer: { optimizer: 'sgd', momentum: 2 } as never } };
    expect(() => compileEnsemble(plan, spoilt, base)).toThrow('optimizer of member "b"');
  });
});
