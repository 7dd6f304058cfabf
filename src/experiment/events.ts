import type { Scores } from '../train/scores.js';

/** Which run of a series. */
export interface RunName {
  readonly variant: string;
  readonly seed: number;
}

/** What happens in a series, for those who want to know: the lines of `--json`. */
export type ExperimentEvent =
  /** First: how much there is to do. */
  | {
      readonly type: 'begin';
      readonly name: string;
      readonly variants: number;
      readonly runs: number;
      /** Runs that are there already and are kept. */
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
      /** Of this epoch so far. */
      readonly scores: Scores;
      /** Of this run's training, by its pace so far; null at its beginning. */
      readonly msLeft: number | null;
      /** Of the whole series, by what runs took so far. */
      readonly seriesMsLeft: number;
    } & RunName)
  | ({
      readonly type: 'finish';
      /** Relative to the series' folder. */
      readonly folder: string;
      readonly wallMs: number;
      /** Final ones. */
      readonly metrics: Readonly<Record<string, number>>;
      /** Of the whole series. */
      readonly done: number;
      readonly runs: number;
      readonly msLeft: number;
    } & RunName)
  | ({
      readonly type: 'fail';
      /** Code and message. */
      readonly error: string;
      readonly done: number;
      readonly runs: number;
      readonly msLeft: number;
    } & RunName)
  /** Last, however it ended. */
  | {
      readonly type: 'end';
      readonly finished: number;
      readonly failed: number;
      readonly wallMs: number;
      readonly busyShare: number | null;
      /** Files of the results, relative to the series' folder; empty where it was stopped. */
      readonly files: readonly string[];
    };
