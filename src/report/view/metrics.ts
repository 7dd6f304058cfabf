import type { FinishedRun, ReportData, ReportVariant } from '../data.js';

/** The kind of metric: `accuracy` for `test_combined_accuracy`. */
export function familyOf(name: string): string {
  return name.slice(name.lastIndexOf('_') + 1);
}

/** The name of a final metric in the history: `combined_accuracy` for `test_combined_accuracy`. */
export function historyName(name: string): string {
  return name.replace(/^(test|val)_/, '');
}

/** Whether `a` is a better value of the metric than `b`. */
export function isBetter(
  { lowerIsBetter }: Pick<ReportData, 'lowerIsBetter'>,
  name: string,
  a: number,
  b: number,
): boolean {
  return lowerIsBetter.includes(name) ? a < b : a > b;
}

/** The finished runs of a variant. */
export function finishedRuns({ runs }: ReportVariant): FinishedRun[] {
  return runs.filter((run) => run.status === 'finished');
}

/** The final metrics that at least one run has, in their order. */
export function presentMetrics({ metrics, variants }: ReportData): string[] {
  return metrics.filter((name) => variants.some((variant) => variant.metrics[name] !== undefined));
}

/** Rounds to significant digits, because a chart needs no more and the page gets smaller. Null if the value is not finite. */
export function rounded(value: number | null | undefined, digits: number): number | null {
  return isFiniteNumber(value) ? Number(value.toPrecision(digits)) : null;
}

/** A diverged run has NaN, which becomes null in JSON. */
export function isFiniteNumber(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}
