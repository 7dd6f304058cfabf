import type { MergeSpec, Named } from 'tfjs-ensemble';

export declare const difference: <const Member extends string>(members: readonly Member[]) => MergeSpec<Member>;
export declare const scaled: (options?: { factor?: number }) => Named<'loss'>;
export declare const hasTfjs: () => Named<'metric'>;
export declare const descent: (options?: { learningRate?: number | Named<'schedule'> }) => Named<'optimizer'>;
export declare const halving: (options?: { first?: number }) => Named<'schedule'>;
