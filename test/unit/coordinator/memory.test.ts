import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { shareGroup } from '../../../src/coordinator/memory.js';
import { direct } from '../../../src/merge/index.js';
import { planEnsemble } from '../../../src/plan/plan.js';

it('refuses a batch size for which there is no memory', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const plan = planEnsemble({ a: { model } }, { a: direct('a') });
  const [group] = plan.groups;
  if (group === undefined) throw new Error('There is one group');
  expect(() =>
    shareGroup(group, { plan, compiled: null, settings: { batchSize: 1e12 }, trains: true }, [['a']]),
  ).toThrow(
    expect.objectContaining({
      code: 'OUT_OF_MEMORY',
      message: expect.stringMatching(/batchSize.*member "a".*Received: 1000000000000 rows of 2/) as string,
    }),
  );
});
