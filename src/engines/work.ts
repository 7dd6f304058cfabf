import type { MemberPlan } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import { multiplyAdds } from './wasm/planning.js';

/** Multiply-adds in a millisecond on one core, including all other work of a step (measured with the reference ensemble on an AMD EPYC). */
const PER_MS = 2e7;
/** Forward, gradient of weights and gradient of inputs take the same number of multiply-adds. */
const PASSES = 3;
/** The update of a weight takes as long as this number of multiply-adds. */
const UPDATE = 10;

/**
 * Threshold above which the engine `tensorflow` is faster than `wasm`, in multiply-adds of a sample's forward pass minus weights. It was measured
 * on an AVX-512 CPU, one core for each engine (scripts/compare-engines.js, table in docs/engines.md). With batches of 64 and 16, `tensorflow` takes
 * 0.6 and 0.7 of the time of `wasm` at 2.6 million, 0.4 and 0.4 at 5.7 million, 0.3 and 0.3 at 39 million. Weights are subtracted because of dense
 * layers, which use each weight once for each sample. There, updates and copies cost more with small batches: 0.4 and 1.1 at 5.8 million.
 */
const LARGE = 4e6;

/** Estimated time for training on one sample with the engine `wasm`, in ms on one core. */
export function trainingMs(member: MemberPlan, batchSize: number): number {
  const weights = sizeOfWeights(member.weights);
  // A network that the engine can't run counts one multiply-add for each weight. An update goes through all weights once in a batch.
  return (PASSES * (multiplyAdds(member) ?? weights) + (UPDATE * weights) / batchSize) / PER_MS;
}

/** The reason why a member is faster with the engine `tensorflow`: it is larger than {@link LARGE}. Null if it is not known to be. */
export function whyLarge(member: MemberPlan): string | null {
  const count = multiplyAdds(member);
  if (count === null || count - sizeOfWeights(member.weights) < LARGE) return null;
  return `large: ${(count / 1e6).toFixed(0)} million multiply-adds a sample`;
}
