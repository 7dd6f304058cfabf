import type { Scores } from '../train/scores.js';
import type { Callback } from './callback.js';

/** The result of `fit`. `history` has, for each name in {@link Scores} and for `val_` + name, the value after each epoch. */
export interface History {
  /** Epoch numbers, from 0. */
  readonly epoch: readonly number[];
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** Facts about the training: engines, threads and times. */
  readonly run: RunRecord;
}

export interface RunRecord {
  /** The engine of each member. */
  readonly engines: Readonly<Record<string, string>>;
  /** The build of each engine in use, such as `tfjs 4.22.0 wasm simd`. */
  readonly builds: readonly string[];
  readonly threads: number;
  /** Number of training samples of each group in an epoch, in the order of the plan's groups. */
  readonly samples: readonly number[];
  /** Milliseconds for one step of the group with the most steps: the mean over all epochs, without validation. */
  readonly msPerStep: number;
  /** 1 − (busy time of all threads) / (threads · wall time) of the training passes. */
  readonly syncShare: number;
  readonly wallMs: number;
}

/** Collects the scores of each epoch. If it is a callback of `fit`, it also has the epochs before a failure. */
export class HistoryCollector implements Callback {
  readonly epoch: number[] = [];
  readonly history: Record<string, number[]> = {};

  onEpochEnd(epoch: number, values: Scores): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(values)) (this.history[name] ??= []).push(value);
  }
}
