import { describe, expect, it } from 'vitest';
import { readObjectives } from '../../../src/config/objectives.js';
import { lossRegistry } from '../../../src/train/losses/registry.js';
import { metricRegistry } from '../../../src/train/metrics/registry.js';

const ends = { outputs: ['a', 'b'], others: ['later'] };
const mse = { loss: 'meanSquaredError' };
const accuracy = { metric: 'accuracy' };

describe('losses of a configuration', () => {
  it.each([
    ['a name', 'meanSquaredError', mse],
    ['a name with options', { meanSquaredError: {} }, mse],
    ['a name without a value', { meanSquaredError: null }, mse],
    ['by output', { a: 'meanSquaredError', b: { meanSquaredError: {} } }, { a: mse, b: mse }],
    ['by output, some of another ensemble', { a: 'meanSquaredError', later: 'meanSquaredError' }, { a: mse }],
  ])('can be %s', (_what, given, expected) => {
    expect(readObjectives(lossRegistry, given, ends, 'compile.loss')).toEqual(expected);
  });

  it.each([
    ['an unknown name', 'meanSquaredEror', 'compile.loss: expected one of', 'did you mean "meanSquaredError"'],
    ['an unknown name of an output', { a: 'mse2' }, 'compile.loss.a: expected one of', '"mse2"'],
    ['an unknown option', { meanSquaredError: { delta: 1 } }, 'compile.loss.meanSquaredError: ', '"delta"'],
    ['neither a loss nor by output', { x: 'meanSquaredError', y: 'meanSquaredError' }, 'compile.loss: ', '"a", "b"'],
  ])('are refused: %s', (_what, given, ...parts) => {
    const read = () => readObjectives(lossRegistry, given, ends, 'compile.loss');
    expect(read).toThrow(expect.objectContaining({ code: 'CONFIG' }) as Error);
    for (const part of parts) expect(read).toThrow(part);
  });
});

describe('metrics of a configuration', () => {
  it.each([
    ['a list', ['accuracy'], [accuracy]],
    ['a list with options', [{ accuracy: {} }], [accuracy]],
    ['by output', { a: ['accuracy'], b: { accuracy: {} } }, { a: [accuracy], b: accuracy }],
  ])('can be %s', (_what, given, expected) => {
    expect(readObjectives(metricRegistry, given, ends, 'compile.metrics')).toEqual(expected);
  });

  it('name the place of a mistake', () => {
    expect(() => readObjectives(metricRegistry, { a: ['acuracy'] }, ends, 'compile.metrics')).toThrow(
      'compile.metrics.a[0]: expected one of accuracy',
    );
  });
});
