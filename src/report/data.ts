/** Begins the final metrics that are means over the members, each by itself on the test data: `test_members_accuracy`. */
export const MEMBERS_MEAN = 'test_members_';

/**
 * What a report shows: plain data, which is written into the page as JSON. A single run's report has one variant with one run.
 */
export interface ReportData {
  readonly title: string;
  /** Version of this package. */
  readonly version: string;
  /** When it was made, ISO 8601. */
  readonly created: string;
  /** The command that makes all of it again. */
  readonly command: string;
  /** What it ran on, by name: Node.js, CPU, cores, memory, kernels. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds from the first run's start to the last one's end, as far as this command ran them. */
  readonly wallMs: number;
  /** Final metrics in the order in which they are worth looking at: `test_combined_accuracy`, `test_combined_loss`. */
  readonly metrics: readonly string[];
  /** Those of {@link metrics} of which a lower value is the better one. */
  readonly lowerIsBetter: readonly string[];
  /** In the order of the file; the first one is the baseline unless the file says otherwise. */
  readonly variants: readonly ReportVariant[];
}

export interface ReportVariant {
  readonly name: string;
  /** What the others are compared with, seed by seed. */
  readonly isBaseline: boolean;
  /** What was changed of the base configuration: dotted keys and values. Empty for the base itself. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** The resolved configuration of its first run, YAML. */
  readonly config: string;
  /** The command that repeats its first run by itself. */
  readonly command: string;
  readonly runs: readonly ReportRun[];
  /** Each final metric over the runs that came to their end. Metrics that no run has are missing. */
  readonly metrics: Readonly<Record<string, Interval>>;
  /** Each final metric minus the baseline's, over the seeds that both have; empty for the baseline. */
  readonly compared: Readonly<Record<string, Interval>>;
}

/** A mean and its 95 % confidence interval, mean ± t(0.975, n − 1) · s / √n; `low` and `high` are null for a single value. */
export interface Interval {
  readonly n: number;
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

export type ReportRun = FinishedRun | FailedRun;

export interface FailedRun {
  readonly seed: number;
  readonly status: 'failed';
  /** Code and message. */
  readonly error: string;
}

export interface FinishedRun {
  readonly seed: number;
  readonly status: 'finished';
  /** For each name in Keras's history (and `val_` + name) its value after each epoch. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** The final metrics: `test_…` on test data where there is some; those of the last epoch. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Each member by itself on the test data: `{ cnn1: { loss: 0.05, accuracy: 0.98 } }`; empty where it can't be tested so. */
  readonly members: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** For each output that tells classes apart, samples of the test data by true class (row) and predicted class (column). */
  readonly confusion: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly msPerStep: number | null;
  readonly wallMs: number;
  readonly peakRssBytes: number;
}
