import type { MergeConfig } from '../protocol/plan.js';

/** A merge whose type has the members' names: `mean(['a', 'b'])` is a `MergeSpec<'a' | 'b'>`. */
export type MergeSpec<Member extends string = string> = MergeConfig & { readonly members: readonly Member[] };

/** Copies a list. Returns any other value as it is, because `resolveMerge` refuses it later, with the output's name. */
export function copyList<T>(list: readonly T[]): readonly T[] {
  return Array.isArray(list) ? [...(list as readonly T[])] : list;
}
