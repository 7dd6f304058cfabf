import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { defineCallback } from '../../../src/callbacks/callback.js';
import { callbackRegistry } from '../../../src/callbacks/registry.js';
import { parseConfig } from '../../../src/config/config.js';
import { buildRun } from '../../../src/config/build.js';

const told = defineCallback({
  name: 'told',
  summary: 'A callback of which no option is required.',
  options: { of: z.string().default('all') },
  create: () => ({}),
});
callbackRegistry.add(told);

const digits = { mnist: 'train', limit: 100 };
const test = { mnist: 'test', limit: 50 };

interface Given {
  data: object;
  units?: number;
  shape?: number[];
  callbacks?: unknown[];
}

/** Two small members, each on a view of its own of the digits; one output. */
function config({ data, units = 10, shape = [28, 28, 1], ...rest }: Given) {
  const text = stringify({
    name: 'x',
    data,
    nets: { net: [{ flatten: {} }, { dense: { units, activation: 'softmax' } }] },
    members: { a: { net: 'net', input: 'input1' }, b: { net: 'net', input: 'input2' } },
    inputs: { input1: { from: 'digits', shape }, input2: { from: 'turned', shape } },
    outputs: { combined: { mean: ['a', 'b'], target: 'digits' } },
    compile: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
    evaluate: { on: { digits: 'test', turned: 'turnedTest' } },
    ...rest,
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

  it('reads callbacks as plain data, with all options', async () => {
    const data = { digits, turned: digits, test, turnedTest: test };
    const csvLogger = { filename: 'log.csv', append: true };
    const { callbacks } = await buildRun(config({ data, callbacks: ['told', { told: { of: 'x' } }, { csvLogger }] }));
    expect(callbacks).toEqual([
      { callback: 'told', of: 'all' },
      { callback: 'told', of: 'x' },
      { callback: 'csvLogger', filename: 'log.csv', separator: ',', append: true },
    ]);
    expect((await buildRun(config({ data }))).callbacks).toEqual([]);
  });

  it.each([
    [
      ['csvLoger'],
      `callbacks[0]: expected one of ${callbackRegistry.names.join(', ')}, found "csvLoger"; did you mean "csvLogger"?`,
    ],
    [['told', { csvLogger: { file: 'x' } }], 'callbacks[1].csvLogger: Expected the options of csvLogger()'],
    [['csvLogger'], 'callbacks[0].csvLogger: Expected `filename` to be a path. Received: undefined'],
  ])('refuses the callbacks %j before data is read', async (callbacks, part) => {
    const missing = { ...digits, skip: 70000 };
    const data = { digits: missing, turned: missing, test, turnedTest: test };
    await expect(buildRun(config({ data, callbacks }))).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(part) as string,
    });
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
