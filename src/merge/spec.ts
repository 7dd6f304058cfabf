import type { MergeConfig } from '../protocol/plan.js';

/** A merge of members whose names are known to the compiler: `mean(['a', 'b'])` is a `MergeSpec<'a' | 'b'>`. */
export type MergeSpec<Member extends string = string> = MergeConfig & { readonly members: readonly Member[] };

/** A list of its own. A value that is no list is kept: `resolveMerge` refuses it and names the output. */
export function copyList<T>(list: readonly T[]): readonly T[] {
  return Array.isArray(list) ? [...(list as readonly T[])] : list;
}
