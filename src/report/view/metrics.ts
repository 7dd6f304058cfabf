import type { FinishedRun, ReportData, ReportVariant } from '../data.js';

/** What is measured, whatever it is measured of: `accuracy` of `test_combined_accuracy`. */
export function familyOf(name: string): string {
  return name.slice(name.lastIndexOf('_') + 1);
}

/** A final metric's name in the history: `combined_accuracy` of `test_combined_accuracy`. */
export function historyName(name: string): string {
  return name.replace(/^(test|val)_/, '');
}

/** Whether `a` is better than `b` as a metric's value. */
export function isBetter(
  { lowerIsBetter }: Pick<ReportData, 'lowerIsBetter'>,
  name: string,
  a: number,
  b: number,
): boolean {
  return lowerIsBetter.includes(name) ? a < b : a > b;
}

/** The runs of a variant that came to their end. */
export function finishedRuns({ runs }: ReportVariant): FinishedRun[] {
  return runs.filter((run) => run.status === 'finished');
}

/** The final metrics that some run has, in their order. */
export function presentMetrics({ metrics, variants }: ReportData): string[] {
  return metrics.filter((name) => variants.some((variant) => variant.metrics[name] !== undefined));
}

/** To so many significant digits: what is drawn needs no more, and the page is smaller. Null where it is not a number. */
export function rounded(value: number | null | undefined, digits: number): number | null {
  return isFiniteNumber(value) ? Number(value.toPrecision(digits)) : null;
}

/** A run that diverged has NaN, or null where it went through JSON. */
export function isFiniteNumber(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}
