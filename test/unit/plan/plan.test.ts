import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { EnsembleError, type EnsembleErrorCode } from '../../../src/errors.js';
import { concatenate, direct, mean } from '../../../src/merge/index.js';
import { mergeRegistry } from '../../../src/merge/registry.js';
import type { MergeSpec } from '../../../src/merge/spec.js';
import { planEnsemble } from '../../../src/plan/plan.js';
import type { MemberSpec } from '../../../src/plan/types.js';
import { learnedMean } from '../merge/learnedMean.js';

mergeRegistry.add(learnedMean);

const net = (units = 3, inputs = 4): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [inputs], activation: 'softmax' })] });

function failure(members: unknown, outputs: unknown): EnsembleError {
  try {
    planEnsemble(members as Record<string, MemberSpec>, outputs as Record<string, MergeSpec>);
  } catch (error) {
    if (error instanceof EnsembleError) return error;
    throw error;
  }
  throw new Error('Expected a failure');
}

describe('planEnsemble', () => {
  it('finds groups, the order of inputs, and members that reach no output', () => {
    const plan = planEnsemble(
      {
        a: { model: net(), input: 'first' },
        b: { model: net(), input: 'second' },
        c: { model: net(), input: 'first' },
        d: { model: net(), input: 'third' },
        e: { model: net() },
      },
      { ab: mean(['a', 'b']), c: direct('c'), both: concatenate(['b', 'd']) },
    );
    expect(plan.inputs.map(({ name }) => name)).toEqual(['first', 'second', 'third']);
    expect(plan.groups).toEqual([
      { members: ['a', 'b', 'd'], outputs: ['ab', 'both'], inputs: ['first', 'second', 'third'] },
      { members: ['c'], outputs: ['c'], inputs: ['first'] },
    ]);
    expect(plan.unconnected).toEqual(['e']);
    expect(plan.members.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(plan.outputs.map(({ shape }) => shape)).toEqual([[3], [3], [6]]);
  });

  it('joins two groups when a later output uses members of both', () => {
    const members = { a: { model: net() }, b: { model: net() }, c: { model: net() } };
    const plan = planEnsemble(members, { a: direct('a'), b: direct('b'), c: direct('c'), ab: mean(['a', 'b']) });
    expect(plan.groups.map((group) => group.members)).toEqual([['a', 'b'], ['c']]);
    expect(plan.groups.map((group) => group.outputs)).toEqual([['a', 'b', 'ab'], ['c']]);
  });

  it('says which last activation has logits', () => {
    const sigmoid = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4], activation: 'sigmoid' })] });
    const linear = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4] })] });
    const plan = planEnsemble(
      { soft: { model: net() }, sigmoid: { model: sigmoid }, linear: { model: linear } },
      { soft: direct('soft'), sigmoid: direct('sigmoid'), linear: direct('linear') },
    );
    expect(plan.members.map(({ logits }) => logits)).toEqual(['softmax', 'sigmoid', null]);
  });

  it('lets several members be built on one input layer, since it has no weights', () => {
    const input = tf.input({ shape: [4] });
    const built = () =>
      tf.model({ inputs: input, outputs: tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor });
    expect(() => planEnsemble({ a: { model: built() }, b: { model: built() } }, { m: mean(['a', 'b']) })).not.toThrow();
  });

  const shared = tf.layers.dense({ units: 3, inputShape: [4], name: 'common' });
  const sharing = () => tf.sequential({ layers: [shared] });
  const stateful = () =>
    tf.sequential({
      layers: [tf.layers.lstm({ units: 3, batchInputShape: [2, 5, 4], stateful: true, name: 'memory' })],
    });
  const twoOutputs = () => {
    const input = tf.input({ shape: [4] });
    const end = () => tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: [end(), end()] });
  };
  const open = () => tf.sequential({ layers: [tf.layers.lstm({ units: 3, inputShape: [null, 4] })] });
  const ofAnotherCopy = { layers: [], getWeights: () => [], predict: () => null };

  it.each<[string, unknown, unknown, EnsembleErrorCode, string[]]>([
    ['no members', {}, { a: direct('a') }, 'NO_MEMBERS', []],
    ['no outputs', { a: { model: net() } }, {}, 'NO_OUTPUTS', []],
    ['members left out', undefined, { a: direct('a') }, 'NO_MEMBERS', ['undefined']],
    ['outputs left out', { a: { model: net() } }, undefined, 'NO_OUTPUTS', ['undefined']],
    [
      'a merge of nothing',
      { a: { model: net() } },
      { m: mean(undefined as never) },
      'INVALID_OPTION',
      ['"m"', 'Received: undefined'],
    ],
    [
      'a merge of one name',
      { a: { model: net() } },
      { m: mean('a' as never) },
      'INVALID_OPTION',
      ['"m"', 'Received: "a"'],
    ],
    [
      'an input that is no name',
      { a: { model: net(), input: 3 } },
      { a: direct('a') },
      'INVALID_OPTION',
      ['`input` of member "a"', 'Received: 3'],
    ],
    [
      "a mistyped key of a member's",
      { a: { model: net(), inputs: 'x' } },
      { a: direct('a') },
      'INVALID_OPTION',
      ['member "a"', '"inputs"; did you mean "input"?'],
    ],
    ['an empty model', { a: { model: tf.sequential() } }, { a: direct('a') }, 'INVALID_MODEL', ['"a"', 'inputShape']],
    ['an output that names no member', { a: { model: net() } }, { m: mean([]) }, 'INVALID_OPTION', ['m']],
    ['an unknown member', { a: { model: net() } }, { m: mean(['a', 'b']) }, 'UNKNOWN_MEMBER', ['"m"', '"b"', '"a"']],
    ['a member twice in a merge', { a: { model: net() } }, { m: mean(['a', 'a']) }, 'DUPLICATE_MEMBER', ['"m"', '"a"']],
    ['a member without a model', { a: {} }, { a: direct('a') }, 'INVALID_MODEL', ['"a"']],
    ['a member that is no model', { a: { model: 42 } }, { a: direct('a') }, 'INVALID_MODEL', ['"a"', '42']],
    [
      'a model of another copy of tfjs',
      { a: { model: ofAnotherCopy } },
      { a: direct('a') },
      'SECOND_TFJS',
      ['"a"', 'npm ls'],
    ],
    ['a model with two outputs', { a: { model: twoOutputs() } }, { a: direct('a') }, 'INVALID_MODEL', ['"a"', '2']],
    [
      'a merge with weights of its own',
      { a: { model: net() }, b: { model: net() } },
      { m: learnedMean(['a', 'b']) },
      'INVALID_OPTION',
      ['"m"', "because they can't be trained", 'learnedMean(), which has the weights "weights"'],
    ],
    [
      'shapes that a merge can not combine',
      { a: { model: net(3) }, b: { model: net(4) } },
      { m: mean(['a', 'b']) },
      'SHAPE_MISMATCH',
      ['a', '3', 'b', '4'],
    ],
    [
      'one input with two shapes',
      { a: { model: net(3, 4) }, b: { model: net(3, 5) } },
      { m: mean(['a', 'b']) },
      'SHAPE_MISMATCH',
      ['"a"', '"b"', '"input"', '[4]', '[5]'],
    ],
    ['a size that is not fixed', { a: { model: open() } }, { a: direct('a') }, 'SHAPE_MISMATCH', ['"a"', 'null']],
    [
      'two members that share a layer',
      { a: { model: sharing() }, b: { model: sharing() } },
      { m: mean(['a', 'b']) },
      'SHARED_LAYER',
      ['"a"', '"b"', 'common'],
    ],
    ['a stateful RNN', { a: { model: stateful() } }, { a: direct('a') }, 'STATEFUL_LAYER', ['"a"', 'memory']],
    ['too few inputs', { a: { model: net(), input: [] } }, { a: direct('a') }, 'INVALID_MODEL', ['"a"', '1']],
    ['a member called as an input', { input: { model: net() } }, { m: mean(['input']) }, 'INVALID_NAME', ['"input"']],
    [
      'an output called as a merged member',
      { a: { model: net() }, b: { model: net() } },
      { a: mean(['a', 'b']) },
      'INVALID_NAME',
      ['"a"'],
    ],
    ['an output called as an input', { a: { model: net() } }, { input: direct('a') }, 'INVALID_NAME', ['"input"']],
  ])('refuses %s', (_what, members, outputs, code, parts) => {
    const error = failure(members, outputs);
    expect(error.code).toBe(code);
    for (const part of parts) expect(error.message).toContain(part);
  });

  it.each([['7'], ['a b'], ['a/b'], [''], ['__proto__x/'], ['constructor'], ['x'.repeat(101)], ['ä']])(
    'refuses the name %j',
    (name) => {
      const members = Object.fromEntries([[name, { model: net() }]]);
      expect(failure(members, { m: mean([name]) }).code).toBe('INVALID_NAME');
    },
  );

  it('refuses an output whose losses could be taken for those of validation', () => {
    expect(failure({ a: { model: net() } }, { val_a: direct('a') })).toMatchObject({ code: 'INVALID_NAME' });
  });
});
