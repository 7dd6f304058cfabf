import * as tf from '@tensorflow/tfjs';
import type { Engine, EngineMember, MemberMemory, MemberSlots, MemberState } from '../../../../src/engines/engine.js';
import type { MemberPlan, Named } from '../../../../src/protocol/plan.js';
import { sizeOf } from '../../../../src/protocol/shape.js';
import { describeModel } from '../../../../src/model/describe.js';
import { sgd } from '../../../../src/train/optimizers/index.js';
import { ResolvedOptimizer } from '../../../../src/train/optimizers/resolved.js';

/** Numbers between -1 and 1 that depend on the seed alone (mulberry32). */
export function randomNumbers(size: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x8000_0000 - 1;
  });
}

function planOf(name: string, model: tf.LayersModel): MemberPlan {
  return { name, inputs: model.inputs.map((_, i) => `input${i}`), ...describeModel(name, model) };
}

function stateOf(model: tf.LayersModel, optimizer: Named<'optimizer'> | null): MemberState {
  const trained = model.trainableWeights.reduce((sum, { shape }) => sum + sizeOf(shape.map(Number)), 0);
  return {
    weights: Float32Array.from(model.getWeights().flatMap((weight) => [...weight.dataSync()])),
    slots: new Float32Array(trained * (optimizer === null ? 0 : new ResolvedOptimizer(optimizer).slotCount)),
    iterations: new Float64Array(1),
    learningRate: Float64Array.of(NaN),
  };
}

export interface TestMember {
  readonly member: EngineMember;
  readonly plan: MemberPlan;
  readonly slots: MemberSlots & { readonly outputGradient: Float32Array };
  readonly state: MemberState;
  /** The weights as they are now, one array each. */
  weights(): Float32Array[];
}

export interface TestMemberOptions {
  readonly name?: string;
  readonly optimizer?: Named<'optimizer'> | null;
  readonly batchSize?: number;
  readonly seed?: number;
  readonly memory?: MemberMemory | null;
}

/** A member with the model's weights and random inputs and output gradients. */
export async function createMember(
  engine: Engine,
  model: tf.LayersModel,
  {
    name = 'member',
    optimizer = sgd({ learningRate: 1 }),
    batchSize = 4,
    seed = 1,
    memory = null,
  }: TestMemberOptions = {},
): Promise<TestMember> {
  const plan = planOf(name, model);
  const size = batchSize * sizeOf(plan.outputShape);
  const slots = {
    output: new Float32Array(size),
    outputGradient: randomNumbers(size, seed + 100),
    logits: plan.logits === null ? null : new Float32Array(size),
    logitsGradient: plan.logits === null ? null : new Float32Array(size),
  };
  const member = await engine.create({ plan, optimizer, batchSize, slots, memory });
  const state = stateOf(model, optimizer);
  member.load(state);
  for (const [i, input] of member.inputs.entries()) input.set(randomNumbers(input.length, seed + i));
  return {
    member,
    plan,
    slots,
    state,
    weights() {
      member.store(state);
      let offset = 0;
      return plan.weights.map(({ shape }) => state.weights.slice(offset, (offset += sizeOf(shape))));
    },
  };
}

/** The largest difference, relative to the largest number where that is above 1. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 1;
  let off = 0;
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(b[i] ?? 0));
    off = Math.max(off, Math.abs((a[i] ?? Number.NaN) - (b[i] ?? 0)));
    if (Number.isNaN(a[i])) return Number.POSITIVE_INFINITY;
  }
  return off / largest;
}

export function noExchange(): void {
  // the gradients are in the slots already
}
