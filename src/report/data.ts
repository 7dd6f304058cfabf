/** Prefix of the final metrics that are means over the single members on the test data: `test_members_accuracy`. */
export const MEMBERS_MEAN = 'test_members_';

/**
 * The data of a report. It is written into the page as JSON. The report of a single run has one variant with one run.
 */
export interface ReportData {
  readonly title: string;
  /** Version of this package. */
  readonly version: string;
  /** Time when the report was written, ISO 8601. */
  readonly created: string;
  /** The command that repeats the run or the series. */
  readonly command: string;
  /** The machine and the software, as labelled texts: Node.js, CPU, cores, memory, kernels. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds from the start of the first run to the end of the last one, without runs of earlier calls. */
  readonly wallMs: number;
  /** Names of the final metrics, the most important ones first: `test_combined_accuracy`, `test_combined_loss`. */
  readonly metrics: readonly string[];
  /** The names in {@link metrics} for which a lower value is better. */
  readonly lowerIsBetter: readonly string[];
  /** In the order of the file; the first one is the baseline unless the file says otherwise. */
  readonly variants: readonly ReportVariant[];
}

export interface ReportVariant {
  readonly name: string;
  /** Whether the others are compared with this variant, seed by seed. */
  readonly isBaseline: boolean;
  /** Changes of the base configuration: dotted keys and values. Empty for the base itself. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** The resolved configuration of its first run, YAML. */
  readonly config: string;
  /** The command that repeats its first run alone. */
  readonly command: string;
  readonly runs: readonly ReportRun[];
  /** Each final metric over the finished runs. Metrics that no run has are missing. */
  readonly metrics: Readonly<Record<string, Interval>>;
  /** Each final metric minus the baseline's, over the common seeds; empty for the baseline. */
  readonly compared: Readonly<Record<string, Interval>>;
}

/** A mean and its 95 % confidence interval, mean ± t(0.975, n − 1) · s / √n; `low` and `high` are null if n is 1. */
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
  /** Error code and message. */
  readonly error: string;
}

export interface FinishedRun {
  readonly seed: number;
  readonly status: 'finished';
  /** The values of each score after each epoch. Names are as in Keras's history, with the prefix `val_` for the validation. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** The final metrics: the metrics on test data (`test_…`), if the run has test data, and the metrics of the last epoch. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Scores of the single members on the test data: `{ cnn1: { loss: 0.05, accuracy: 0.98 } }`. Members that were not tested alone are missing. */
  readonly members: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** For each output that predicts classes: the number of test samples by true class (row) and predicted class (column). */
  readonly confusion: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly msPerStep: number | null;
  readonly wallMs: number;
  readonly peakRssBytes: number;
}
