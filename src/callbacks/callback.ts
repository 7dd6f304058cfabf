import type { Scores } from '../train/scores.js';

/** What happens in a `fit`, for those who want to know. Hooks run in order and are awaited, unless said otherwise. */
export interface Callback {
  onTrainBegin?(epochs: number): void | Promise<void>;
  /** @param epoch from 0 */
  onEpochBegin?(epoch: number): void | Promise<void>;
  /**
   * The member models hold the weights of this moment.
   * @param scores of the epoch, with `val_…` where there is validation data
   */
  onEpochEnd?(epoch: number, scores: Scores): void | Promise<void>;
  /** After the last epoch; not after a failure. */
  onTrainEnd?(scores: Scores): void | Promise<void>;
  /**
   * The last hook of every training, however it ends: after the last epoch, a failure (also one before `onTrainBegin`, as
   * threads start) or an abort. No thread is at work any more. The place to let go of what the callback holds, such as a
   * timer, a file or a progress bar.
   */
  onTrainStop?(): void | Promise<void>;
  /** About ten times a second, not awaited: training goes on meanwhile. What it throws ends the training. */
  onProgress?(progress: TrainingProgress): void;
}

export interface TrainingProgress {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch by the group that has most to do, and its steps in all. */
  readonly step: number;
  readonly steps: number;
  /** Means over the samples of this epoch so far, without regularisation losses. */
  readonly scores: Scores;
}
