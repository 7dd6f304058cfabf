import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { show } from '../errors.js';
import { described } from '../registry/options.js';
import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';
import { copyList, type MergeSpec } from './spec.js';

/** Any number, also NaN, because the message of `check` shows all weights. */
const number = z.custom<number>((value) => typeof value === 'number', 'a number');

/**
 * The mean of the members' outputs with a weight for each: Σ_i w_i · y_i / Σ_i w_i. The outputs have the same shape.
 *
 * ∂out/∂y_i = w_i / Σ_i w_i.
 * @param weights one for each member, in their order: finite, >= 0, not all 0. Only their proportions matter
 */
export const weightedMean = defineMerge(
  {
    name: 'weightedMean',
    summary: "The mean of the members' outputs, with a weight for each.",
    options: {
      weights: described(z.array(number), {
        description:
          'One weight for each member, in their order: finite, >= 0, not all 0. Only their proportions matter.',
        rule: 'a list of numbers, one for each member',
      }),
    },
    takes: 'several',
    yaml: z
      .record(z.string().min(1), z.number())
      .transform((weights) => ({ members: Object.keys(weights), weights: Object.values(weights) })),
    check({ members, weights }) {
      if (weights.length !== members.length) {
        const rule = `to have a weight for each of the ${members.length} members in weightedMean()`;
        return { rule, received: show(weights) };
      }
      const received = `[${weights.join(', ')}]`;
      if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0)) {
        return { rule: 'to have finite weights >= 0 in weightedMean()', received };
      }
      const total = sumOf(weights);
      if (total > 0 && Number.isFinite(total)) return null;
      return { rule: 'to have weights with a finite sum > 0 in weightedMean()', received };
    },
    outputShape: elementwiseShape,
    forward(batch, out) {
      const { weights } = batch.config;
      combine(batch.ys, weights, sumOf(weights), out, countOf(batch));
    },
    backward(batch, dout, dys) {
      const { weights } = batch.config;
      distribute(dout, weights, sumOf(weights), dys, countOf(batch));
    },
    /** No standard layer computes a weighted mean. So each member's output is rescaled by w_i / Σ_i w_i, and then all are added. */
    layer({ members, weights }, layers, name, ys) {
      const total = sumOf(weights);
      // The layer's name is unique, because no member, input or output can have a "/" in its name.
      const scale = (y: tf.SymbolicTensor, i: number): tf.SymbolicTensor => {
        const layer = layers.rescaling({ scale: (weights[i] ?? 0) / total, name: `${name}/weight/${members[i] ?? i}` });
        return layer.apply(y) as tf.SymbolicTensor;
      };
      return mergingLayer(layers, name, ys.length === 1 ? ys : ys.map(scale), () => layers.add({ name }));
    },
  },
  <const Member extends string>(members: readonly Member[], weights: readonly number[]): MergeSpec<Member> => ({
    merge: 'weightedMean',
    members: copyList(members),
    weights: copyList(weights),
  }),
);

function sumOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}
