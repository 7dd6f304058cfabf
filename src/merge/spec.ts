import type { MergeConfig } from '../protocol/plan.js';

/** A merge of members whose names are known to the compiler: `mean(['a', 'b'])` is a `MergeSpec<'a' | 'b'>`. */
export type MergeSpec<Member extends string = string> = MergeConfig & { readonly members: readonly Member[] };

/** The mean of the members' outputs, which have one shape: Σ_i y_i / k. */
export function mean<const Member extends string>(members: readonly Member[]): MergeSpec<Member> {
  return { merge: 'mean', members: copy(members) };
}

/**
 * The mean of the members' outputs, which have one shape, with a weight for each: Σ_i w_i · y_i / Σ_i w_i.
 * @param weights in the order of the members; finite, >= 0, not all 0. Only their proportions matter.
 */
export function weightedMean<const Member extends string>(
  members: readonly Member[],
  weights: readonly number[],
): MergeSpec<Member> {
  return { merge: 'weightedMean', members: copy(members), weights: copy(weights) };
}

/** The sum of the members' outputs, which have one shape: Σ_i y_i. */
export function sum<const Member extends string>(members: readonly Member[]): MergeSpec<Member> {
  return { merge: 'sum', members: copy(members) };
}

/** The product of the members' outputs, element by element; they have one shape: Π_i y_i. */
export function product<const Member extends string>(members: readonly Member[]): MergeSpec<Member> {
  return { merge: 'product', members: copy(members) };
}

/** The largest of the members' outputs, element by element; they have one shape. The first of equals gets the gradient. */
export function maximum<const Member extends string>(members: readonly Member[]): MergeSpec<Member> {
  return { merge: 'maximum', members: copy(members) };
}

/** The smallest of the members' outputs, element by element; they have one shape. The first of equals gets the gradient. */
export function minimum<const Member extends string>(members: readonly Member[]): MergeSpec<Member> {
  return { merge: 'minimum', members: copy(members) };
}

/** The members' outputs one after the other along the last dimension; the other dimensions are equal. */
export function concatenate<const Member extends string>(members: readonly Member[]): MergeSpec<Member> {
  return { merge: 'concatenate', members: copy(members) };
}

/** One member's output as it is. A cross-entropy is then differentiated through the member's logits where it has any. */
export function direct<const Member extends string>(member: Member): MergeSpec<Member> {
  return { merge: 'direct', members: [member] };
}

/** A list of its own. What is no list is refused with the output's name, when there is one (`checkMerge`). */
function copy<T>(list: readonly T[]): readonly T[] {
  return Array.isArray(list) ? [...(list as readonly T[])] : list;
}
