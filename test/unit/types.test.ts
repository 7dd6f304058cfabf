import * as tf from '@tensorflow/tfjs';
import { describe, expectTypeOf, it } from 'vitest';
import {
  adam,
  direct,
  Ensemble,
  mean,
  type EnsembleError,
  type EnsembleErrorCode,
  type Scores,
} from '../../src/index.js';

/** Checked by `npm run typecheck`: a line that should not compile and does is an error there. */
describe('names are types', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  const make = () =>
    new Ensemble({
      members: { a: { model, input: 'p' }, b: { model, input: ['p', 'q'] }, c: { model } },
      outputs: { m: mean(['a', 'b']), c: direct('c') },
    });
  type Made = ReturnType<typeof make>;

  it('of outputs, in compile, fit and predict', () => {
    expectTypeOf(make).returns.toEqualTypeOf<Made>();
    type Compile = Parameters<Made['compile']>[0];
    expectTypeOf({ optimizer: adam(), loss: 'meanSquaredError', lossWeights: { c: 2 } } as const).toExtend<Compile>();
    expectTypeOf({ optimizer: adam(), loss: { m: 'meanSquaredError' } } as const).not.toExtend<Compile>();
    expectTypeOf<{ m: 'accuracy' } | ['accuracy'] | 'accuracy'>().toExtend<NonNullable<Compile['metrics']>>();
    expectTypeOf<{ x: 'accuracy' }>().not.toExtend<NonNullable<Compile['metrics']>>();
    expectTypeOf<Awaited<ReturnType<Made['predict']>>>().toEqualTypeOf<Record<'m' | 'c', tf.Tensor>>();
    // @ts-expect-error there is no output "x"
    const weights: Compile['lossWeights'] = { x: 1 };
    // @ts-expect-error there is no such loss
    const loss: Compile['loss'] = 'meanSquareError';
    expectTypeOf(weights).not.toBeAny();
    expectTypeOf(loss).not.toBeAny();
  });

  it('of inputs', () => {
    type X = Parameters<Made['fit']>[0];
    expectTypeOf<{ p: tf.Tensor; q: tf.Tensor; input: tf.Tensor }>().toExtend<X>();
    expectTypeOf<{ p: tf.Tensor; q: tf.Tensor }>().not.toExtend<X>();
    expectTypeOf<tf.Tensor[]>().toExtend<X>();
  });

  it('of data for validation', () => {
    type Fit = NonNullable<Parameters<Made['fit']>[2]>;
    type X = Record<'p' | 'q' | 'input', tf.Tensor>;
    expectTypeOf<{ validationData: [X, Record<'m' | 'c', tf.Tensor>] }>().toExtend<Fit>();
    expectTypeOf<{ validationData: [X, Record<'m', tf.Tensor>] }>().not.toExtend<Fit>();
    expectTypeOf<{ validationData: [tf.Tensor] }>().not.toExtend<Fit>();
  });

  it('of members, in outputs', () => {
    // @ts-expect-error there is no member "d"
    const wrong = () => new Ensemble({ members: { a: { model } }, outputs: { m: mean(['a', 'd']) } });
    expectTypeOf(wrong).toBeFunction();
  });

  it('of errors and scores', () => {
    expectTypeOf<EnsembleError['code']>().toEqualTypeOf<EnsembleErrorCode>();
    expectTypeOf<Awaited<ReturnType<Made['evaluate']>>>().toEqualTypeOf<Scores>();
  });
});
