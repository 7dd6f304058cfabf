import * as tf from '@tensorflow/tfjs';
import { direct } from '../../../src/merge/index.js';
import { planEnsemble } from '../../../src/plan/plan.js';
import type { EnsemblePlan, MemberPlan } from '../../../src/protocol/plan.js';

const conv = (filters: number, options = {}) =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', ...options });
const sequential = (...layers: tf.layers.Layer[]) => tf.sequential({ layers });
const head = () => [tf.layers.flatten(), tf.layers.dense({ units: 4 })];

/** Models that differ in what engines say about them. */
const MODELS = {
  small: () => sequential(conv(4, { inputShape: [8, 8, 1] }), ...head()),
  /** 40 million multiply-adds a sample. */
  large: () => sequential(conv(64, { inputShape: [32, 32, 3] }), conv(64), ...head()),
  /** 5.8 million multiply-adds a sample, one for each weight. */
  wide: () => sequential(tf.layers.dense({ units: 2048, inputShape: [784] }), tf.layers.dense({ units: 2048 })),
  dilated: () => sequential(conv(64, { inputShape: [32, 32, 3] }), conv(64, { dilationRate: 2 }), ...head()),
  recurrent: () => sequential(tf.layers.lstm({ units: 4, inputShape: [5, 3] }), tf.layers.dense({ units: 2 })),
  /** Only TensorFlow.js has constraints, and only on its WebAssembly backend gradients of dilated convolutions. */
  dilatedAndConstrained: () =>
    sequential(conv(4, { inputShape: [8, 8, 1], dilationRate: 2, kernelConstraint: 'nonNeg' }), ...head()),
};

export type ModelKind = keyof typeof MODELS;
export const MODEL_KINDS = Object.keys(MODELS) as ModelKind[];

/** A plan with a member of each kind, which has the kind's name and an input and an output of its own. */
export function planOf(...kinds: readonly ModelKind[]): EnsemblePlan {
  return planEnsemble(
    Object.fromEntries(kinds.map((kind) => [kind, { model: MODELS[kind](), input: `${kind}Input` }])),
    Object.fromEntries(kinds.map((kind) => [kind, direct(kind)])),
  );
}

export function memberOf(kind: ModelKind): MemberPlan {
  const [member] = planOf(kind).members;
  if (member === undefined) throw new Error(`Expected a plan with the member ${kind}`);
  return member;
}

/** The member with a JSON that counts how often it is read, which is once for each compilation. */
export function countCompilations({ topology, ...rest }: MemberPlan): { plan: MemberPlan; compilations: () => number } {
  let reads = 0;
  const plan = {
    ...rest,
    get topology() {
      reads++;
      return topology;
    },
  };
  return { plan, compilations: () => reads };
}
