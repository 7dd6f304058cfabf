import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { DataValue } from '../../../src/data/value.js';
import { direct, mean } from '../../../src/merge/index.js';
import type { LossName } from '../../../src/train/losses/registry.js';
import { bindInputs, bindTargets, countSamples } from '../../../src/plan/bind.js';
import { compileEnsemble } from '../../../src/plan/compile.js';
import { planEnsemble } from '../../../src/plan/plan.js';
import type { PerEnd } from '../../../src/plan/types.js';

const net = (): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: 'softmax' })] });
const members = { a: { model: net(), input: 'p' }, b: { model: net(), input: 'p' }, c: { model: net(), input: 'q' } };
const plan = planEnsemble(members, { m: mean(['a', 'b']), c: direct('c') });

const x = (samples: number, fill = 0.5): DataValue => ({
  data: new Float32Array(samples * 4).fill(fill),
  shape: [samples, 4],
});
const oneHot = (samples: number): DataValue => tf.oneHot(tf.zeros([samples], 'int32'), 3).toFloat();
const labels = (samples: number, value = 2): DataValue => ({
  data: new Uint8Array(samples).fill(value),
  shape: [samples],
});

const rows = (samples: number, oneHot: number): DataValue => ({
  values: new Uint8Array(new SharedArrayBuffer(samples)),
  samples,
  shape: [],
  scale: 1,
  oneHot,
});

function targets(given: PerEnd<string, DataValue>, loss: LossName = 'categoricalCrossentropy') {
  return bindTargets(plan, compileEnsemble(plan, members, { optimizer: 'adam', loss }).objectives, given);
}

describe('binding data to ends', () => {
  it('takes a list in the order of the ends or a record by name', () => {
    const first = x(2);
    const second = x(3);
    for (const given of [[first, second], { q: second, p: first }]) {
      const bound = bindInputs(plan, given);
      expect([bound['p']?.samples, bound['q']?.samples]).toEqual([2, 3]);
    }
  });

  it('lets groups with ends of their own have other numbers of samples', () => {
    expect(countSamples(plan, bindInputs(plan, [x(5), x(7)]), targets([oneHot(5), oneHot(7)]))).toEqual([5, 7]);
  });

  it("makes a data set's class indices one-hot where the loss wants it", () => {
    expect(targets([labels(2), labels(2)])['m']).toMatchObject({ oneHot: 3, shape: [] });
    expect(targets([labels(2), labels(2)], 'sparseCategoricalCrossentropy')['m']).toMatchObject({ oneHot: null });
  });

  it('takes class indices that are one-hot in each batch as rows', () => {
    expect(targets([rows(2, 3), rows(2, 3)])['m']).toMatchObject({ oneHot: 3 });
    expect(bindInputs(plan, [rows(2, 4), x(2)])['p']).toMatchObject({ oneHot: 4 });
  });

  it.each<[string, () => unknown, string, string[]]>([
    ['too few inputs', () => bindInputs(plan, x(2)), 'MISSING_DATA', ['"p", "q"']],
    ['a missing input', () => bindInputs(plan, { p: x(2) }), 'MISSING_DATA', ['"q"']],
    [
      'an unknown input',
      () => bindInputs(plan, { p: x(2), q: x(2), r: x(2) }),
      'UNKNOWN_INPUT',
      ['an input for "r"', '"p", "q"'],
    ],
    ['an unknown output', () => targets({ m: oneHot(2), c: oneHot(2), d: oneHot(2) }), 'UNKNOWN_OUTPUT', ['"d"']],
    [
      'an input of another shape',
      () => bindInputs(plan, [x(2), tf.zeros([2, 5])]),
      'SHAPE_MISMATCH',
      ['"q"', '[samples, 4]', '[samples, 5]'],
    ],
    [
      'a target of another shape',
      () => targets([oneHot(2), tf.zeros([2, 4])]),
      'SHAPE_MISMATCH',
      ['"c"', '[samples, 3]', '[samples, 4]'],
    ],
    [
      'float labels where one-hot is wanted',
      () => targets([oneHot(2), tf.zeros([2])]),
      'SHAPE_MISMATCH',
      ['sparseCategoricalCrossentropy'],
    ],
    ['rows of another length', () => targets([rows(2, 4), rows(2, 3)]), 'SHAPE_MISMATCH', ['"m"', '[samples, 4]']],
    [
      'rows where class indices are wanted',
      () => targets([rows(2, 3), rows(2, 3)], 'sparseCategoricalCrossentropy'),
      'SHAPE_MISMATCH',
      ['"m"', 'oneHot'],
    ],
    [
      'a target of another length',
      () => countSamples(plan, bindInputs(plan, [x(2), x(2)]), targets([oneHot(3), oneHot(2)])),
      'SAMPLE_COUNT',
      ['input "p" 2', 'target "m" 3'],
    ],
    ['a label outside the classes', () => targets([oneHot(2), labels(2, 3)]), 'LABEL_OUT_OF_RANGE', ['"c"', '3']],
    [
      'a sparse label outside the classes',
      () => targets([labels(2), labels(2, 9)], 'sparseCategoricalCrossentropy'),
      'LABEL_OUT_OF_RANGE',
      ['"c"', '9'],
    ],
    ['NaN', () => bindInputs(plan, [x(2), x(2, NaN)]), 'NOT_FINITE', ['"q"', 'NaN']],
    ['infinity', () => bindInputs(plan, [x(2), x(2, Infinity)]), 'NOT_FINITE', ['"q"', 'Infinity']],
    ['a wrong type', () => bindInputs(plan, [x(2), 'digits' as never]), 'INVALID_DATA', ['"q"', 'String']],
    ['nothing', () => bindInputs(plan, null as never), 'INVALID_DATA', ['"p", "q"']],
    [
      'numbers that do not fill the shape',
      () => bindInputs(plan, [x(2), { data: new Float32Array(7), shape: [2, 4] }]),
      'INVALID_DATA',
      ['"q"', '8', '7'],
    ],
  ])('refuses %s', (_what, bind, code, parts) => {
    expect(bind).toThrow(expect.objectContaining({ code }) as Error);
    for (const part of parts) expect(bind).toThrow(part);
  });
});
