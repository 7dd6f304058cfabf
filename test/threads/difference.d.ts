import type { MergeSpec } from 'tfjs-ensemble';

export function difference<const Member extends string>(members: readonly Member[]): MergeSpec<Member>;
