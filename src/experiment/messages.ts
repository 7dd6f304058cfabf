import type { TrainingProgress } from '../callbacks/callback.js';

/** Messages from the process of a run to the process of the series. */
export type ChildMessage =
  /** The first message: the process has started. */
  | { readonly type: 'begin' }
  | { readonly type: 'progress'; readonly progress: TrainingProgress }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
