import type { MemberPlan } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import { multiplyAdds } from './wasm/planning.js';

/** Multiply-adds in a millisecond of one core, with everything around them (the reference ensemble on an AMD EPYC). */
const PER_MS = 2e7;
/** Forward, gradient of weights, gradient of inputs. */
const PASSES = 3;
/** An update costs as much as this number of multiply-adds for each weight. */
const UPDATE = 10;

/**
 * Threshold, in multiply-adds of a sample's forward pass minus weights, above which TensorFlow is faster than our kernels. Measured on an
 * AVX-512 CPU, a core for each engine (scripts/compare-engines.js, table in docs/engines.md): with batches of 64 and 16, TensorFlow takes 0.6 and
 * 0.7 of our time at 2.6 million, 0.4 and 0.4 at 5.7, 0.3 and 0.3 at 39. In dense layers, which use each weight once a sample, updates
 * and copies take its advantage away with small batches: 0.4 and 1.1 at 5.8 million.
 */
const LARGE = 4e6;

/** Estimated milliseconds of one core that a sample takes in training, on our kernels. */
export function trainingMs(member: MemberPlan, batchSize: number): number {
  const weights = sizeOfWeights(member.weights);
  // Of a network that our kernels don't cover, one multiply-add for each weight. An update goes through all weights once a batch.
  return (PASSES * (multiplyAdds(member) ?? weights) + (UPDATE * weights) / batchSize) / PER_MS;
}

/** Why a member is faster on TensorFlow, which is that it is {@link LARGE}; null where it is not known to be. */
export function whyLarge(member: MemberPlan): string | null {
  const count = multiplyAdds(member);
  if (count === null || count - sizeOfWeights(member.weights) < LARGE) return null;
  return `large: ${(count / 1e6).toFixed(0)} million multiply-adds a sample`;
}
