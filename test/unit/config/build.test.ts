import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../../src/config/config.js';
import { buildRun } from '../../../src/config/build.js';

const digits = { mnist: 'train', limit: 100 };
const test = { mnist: 'test', limit: 50 };

/** Two small members, each on a view of its own of the digits; one output. */
function config({ data, units = 10, shape = [28, 28, 1] }: { data: object; units?: number; shape?: number[] }) {
  const text = stringify({
    name: 'x',
    data,
    nets: { net: [{ flatten: {} }, { dense: { units, activation: 'softmax' } }] },
    members: { a: { net: 'net', input: 'input1' }, b: { net: 'net', input: 'input2' } },
    inputs: { input1: { from: 'digits', shape }, input2: { from: 'turned', shape } },
    outputs: { combined: { mean: ['a', 'b'], target: 'digits' } },
    compile: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
    evaluate: { on: { digits: 'test', turned: 'turnedTest' } },
  });
  return parseConfig(text, 'x.yaml');
}

describe('buildRun', () => {
  it('counts the samples of each group', async () => {
    const data = { digits, turned: { ...digits, rotate: 90 }, test, turnedTest: { ...test, rotate: 90 } };
    const { training, test: held } = await buildRun(config({ data }));
    expect(training.samples).toEqual([100]);
    expect(held?.samples).toEqual([50]);
  });

  it.each([
    [
      'labels of the test data without a unit',
      {
        data: {
          digits: { ...digits, classes: [0, 1] },
          turned: { ...digits, classes: [0, 1] },
          test,
          turnedTest: test,
        },
        units: 2,
      },
      'LABEL_OUT_OF_RANGE',
      'evaluate.on: ',
    ],
    [
      'test data of two lengths',
      { data: { digits, turned: digits, test, turnedTest: { ...test, limit: 40 } } },
      'SAMPLE_COUNT',
      'evaluate.on: ',
    ],
    [
      'a shape that the data does not have',
      { data: { digits, turned: digits, test, turnedTest: test }, shape: [28, 28] },
      'SHAPE_MISMATCH',
      '"input1"',
    ],
    [
      'data with nothing left',
      { data: { digits, turned: { ...digits, skip: 70000 }, test, turnedTest: test } },
      'INVALID_OPTION',
      'data.turned: ',
    ],
  ])('finds %s before anything is trained', async (_what, given, code, part) => {
    await expect(buildRun(config(given))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part) as string,
    });
  });
});
