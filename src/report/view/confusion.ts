import type { FinishedRun, ReportData, ReportVariant } from '../data.js';
import { finishedRuns, isBetter, presentMetrics } from './metrics.js';

/** The confusion matrix of the best run. */
export interface Confusion {
  readonly variant: string;
  readonly seed: number;
  /** The metric by which the run is the best; null if it is the only run. */
  readonly by: string | null;
  readonly outputs: readonly ConfusionOutput[];
}

export interface ConfusionOutput {
  readonly label: string;
  /** By true class (row) and predicted class (column). */
  readonly counts: readonly (readonly number[])[];
  /** The share of each true class that was recognised; null if the class has no samples. */
  readonly recognised: readonly (number | null)[];
  /** The most frequent mistakes, sorted by their share of the true class. */
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  readonly actual: number;
  readonly predicted: number;
  readonly count: number;
  /** `count` / samples of the true class. */
  readonly share: number;
}

const LISTED = 6;

export function confusionOf(data: ReportData): Confusion | null {
  const [main] = presentMetrics(data);
  const runs = data.variants.flatMap((variant) => finishedRuns(variant).map((run) => ({ variant, run })));
  const shown = runs.filter(({ run }) => Object.keys(run.confusion).length > 0);
  const [first] = shown;
  if (first === undefined) return null;
  const { variant, run } = shown.reduce((best, other) => better(data, main, other, best), first);
  return {
    variant: variant.name,
    seed: run.seed,
    by: runs.length > 1 && main !== undefined ? main : null,
    outputs: Object.entries(run.confusion).map(([label, counts]) => outputOf(label, counts)),
  };
}

interface Candidate {
  readonly variant: ReportVariant;
  readonly run: FinishedRun;
}

function better(data: ReportData, main: string | undefined, a: Candidate, b: Candidate): Candidate {
  if (main === undefined) return b;
  return isBetter(data, main, a.run.metrics[main] ?? NaN, b.run.metrics[main] ?? NaN) ? a : b;
}

function outputOf(label: string, counts: ConfusionOutput['counts']): ConfusionOutput {
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const share = (count: number, row: number): number => (count === 0 ? 0 : count / (totals[row] ?? NaN));
  const mistakes = counts.flatMap((row, actual) =>
    row.flatMap((count, predicted) =>
      actual === predicted || count === 0 ? [] : [{ actual, predicted, count, share: share(count, actual) }],
    ),
  );
  return {
    label,
    counts,
    recognised: counts.map((row, r) => (totals[r] === 0 ? null : share(row[r] ?? 0, r))),
    mistakes: mistakes.sort((a, b) => b.share - a.share).slice(0, LISTED),
  };
}
