import type { TrainingProgress } from '../callbacks/callback.js';

/** What a run's process tells the one of the series. */
export type ChildMessage =
  /** First: it has started. */
  | { readonly type: 'begin' }
  | { readonly type: 'progress'; readonly progress: TrainingProgress }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
