import { direct, mean, type MergeSpec, type SharedArray } from 'tfjs-ensemble';
import { digits } from './helpers.js';

/** One of the seven cases of the guide, or one that is like none of them, on real digits. */
export interface Case {
  readonly name: string;
  /** Input of each member. */
  readonly members: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, MergeSpec>>;
  readonly lossWeights: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, SharedArray>>;
  readonly targets: Readonly<Record<string, SharedArray>>;
}

/** Not a multiple of the batch size, so that the last batch is a smaller one. */
export const SAMPLES = 104;
export const BATCH_SIZE = 16;

const upright = await digits(SAMPLES);
const turned = await digits(SAMPLES, { rotate: 90 });
const others = await digits(72, { skip: 500, rotate: 90 });
const otherLabels = await digits(SAMPLES, { skip: 500, rotate: 90 });

const one = { cnn1: 'input' };
const three = { cnn1: 'input', cnn2: 'input', cnn3: 'input' };
const twoInputs = { cnn1: 'input1', cnn2: 'input1', cnn3: 'input2' };
const combined = { combined: mean(['cnn1', 'cnn2', 'cnn3']) };
const combinedAndDirect = { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') };

export const cases: readonly Case[] = [
  {
    name: '1, a single member',
    members: one,
    outputs: { cnn1: direct('cnn1') },
    lossWeights: {},
    inputs: { input: upright.x },
    targets: { cnn1: upright.y },
  },
  {
    name: '2, the mean of three',
    members: three,
    outputs: combined,
    lossWeights: {},
    inputs: { input: upright.x },
    targets: { combined: upright.y },
  },
  {
    name: '3, the mean of two and a third that is not connected',
    members: three,
    outputs: { combined: mean(['cnn1', 'cnn2']) },
    lossWeights: {},
    inputs: { input: upright.x },
    targets: { combined: upright.y },
  },
  {
    name: '4, the mean of two and a direct output',
    members: three,
    outputs: combinedAndDirect,
    lossWeights: { cnn3: 0.5 },
    inputs: { input: upright.x },
    targets: { combined: upright.y, cnn3: upright.y },
  },
  {
    name: '5, a member with its own data',
    members: twoInputs,
    outputs: combinedAndDirect,
    lossWeights: { combined: 2 },
    inputs: { input1: upright.x, input2: others.x },
    targets: { combined: upright.y, cnn3: others.y },
  },
  {
    name: '6, two inputs and one output',
    members: twoInputs,
    outputs: combined,
    lossWeights: {},
    inputs: { input1: upright.x, input2: turned.x },
    targets: { combined: upright.y },
  },
  {
    name: '7, two inputs and two outputs',
    members: twoInputs,
    outputs: combinedAndDirect,
    lossWeights: { cnn3: 0.5 },
    inputs: { input1: upright.x, input2: otherLabels.x },
    targets: { combined: upright.y, cnn3: otherLabels.y },
  },
  {
    // Its gradient comes through its output and through its logits.
    name: '8, a member in a merge and in a direct output',
    members: { cnn1: 'input', cnn2: 'input' },
    outputs: { combined: mean(['cnn1', 'cnn2']), cnn2: direct('cnn2') },
    lossWeights: { cnn2: 0.5 },
    inputs: { input: upright.x },
    targets: { combined: upright.y, cnn2: upright.y },
  },
];
