import type { Scores } from '../train/scores.js';
import type { Callback } from './callback.js';

/** What a `fit` leaves: for each name in {@link Scores} (and `val_` + name) its value after each epoch. */
export interface History {
  /** Epoch numbers, from 0. */
  readonly epoch: readonly number[];
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** How the run went. */
  readonly run: RunRecord;
}

export interface RunRecord {
  /** Engine of each member. */
  readonly engines: Readonly<Record<string, string>>;
  /** Kernels taken: `tfjs 4.22.0 wasm simd`. */
  readonly builds: readonly string[];
  readonly threads: number;
  /** Samples that each group was trained on in an epoch, in the order of the plan's groups. */
  readonly samples: readonly number[];
  /** Milliseconds for a step of the group that has most steps, over all epochs, without validation. */
  readonly msPerStep: number;
  /** 1 − (busy time of all threads) / (threads · wall time) of the training passes. */
  readonly syncShare: number;
  readonly wallMs: number;
}

/** Collects the scores of epochs. Given to `fit` as a callback, it has those of the epochs before a failure. */
export class HistoryCollector implements Callback {
  readonly epoch: number[] = [];
  readonly history: Record<string, number[]> = {};

  onEpochEnd(epoch: number, values: Scores): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(values)) (this.history[name] ??= []).push(value);
  }
}
