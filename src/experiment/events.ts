import type { Scores } from '../train/scores.js';

/** Identifies a run of a series. */
export interface RunName {
  readonly variant: string;
  readonly seed: number;
}

/** The events of a series, in the same form as the lines of `--json`. */
export type ExperimentEvent =
  /** The first event: the size of the series. */
  | {
      readonly type: 'begin';
      readonly name: string;
      readonly variants: number;
      readonly runs: number;
      /** Number of runs that earlier calls have finished. */
      readonly kept: number;
      readonly threads: number;
      readonly folder: string;
    }
  | ({ readonly type: 'start'; readonly threads: number } & RunName)
  /** Up to ten times a second for each run. */
  | ({
      readonly type: 'progress';
      /** From 0. */
      readonly epoch: number;
      readonly epochs: number;
      readonly step: number;
      readonly steps: number;
      /** Scores of this epoch so far. */
      readonly scores: Scores;
      /** Estimated milliseconds until the training of this run ends; null at its beginning. */
      readonly msLeft: number | null;
      /** Estimated milliseconds until the whole series ends. */
      readonly seriesMsLeft: number;
    } & RunName)
  | ({
      readonly type: 'finish';
      /** Relative to the series' folder. */
      readonly folder: string;
      readonly wallMs: number;
      /** The final metrics. */
      readonly metrics: Readonly<Record<string, number>>;
      /** Number of runs of the series that have ended. */
      readonly done: number;
      readonly runs: number;
      readonly msLeft: number;
    } & RunName)
  | ({
      readonly type: 'fail';
      /** Error code and message. */
      readonly error: string;
      readonly done: number;
      readonly runs: number;
      readonly msLeft: number;
    } & RunName)
  /** The last event. It is also sent after an error or an interruption. */
  | {
      readonly type: 'end';
      readonly finished: number;
      readonly failed: number;
      readonly wallMs: number;
      readonly busyShare: number | null;
      /** Files of the results, relative to the series' folder; empty if the series was stopped. */
      readonly files: readonly string[];
    };
