import type { ReportData } from '../data.js';
import { familyOf, finishedRuns, historyName, isFiniteNumber, presentMetrics, rounded } from './metrics.js';

/** The curves of one chart: all variants by one metric, or all outputs of one variant by one kind of metric. */
export interface CurvesView {
  readonly label: string;
  readonly curves: readonly Curve[];
}

export interface Curve {
  readonly label: string;
  /** Number of its colour and mark (`client/marks.ts`), the same in all charts. */
  readonly style: number;
  readonly training: Band | null;
  readonly validation: Band | null;
}

/** The mean and the range over the runs, by epoch; null if no run has a finite value. */
export interface Band {
  readonly mean: readonly (number | null)[];
  /** Minimum and maximum over the runs; missing if there is only one run. */
  readonly range?: readonly (readonly [low: number, high: number] | null)[];
}

/** Significant digits. A chart of 300 pixels shows fewer, and curves are the largest part of a large report. */
const DIGITS = 4;

/**
 * Computes the band of several runs. Runs may have different lengths (early stopping): each epoch uses the runs that reached it. Values that
 * are not finite (of diverged runs) are ignored.
 */
export function bandOf(runs: readonly (readonly (number | null)[])[]): Band {
  const length = Math.max(0, ...runs.map((run) => run.length));
  const epochs = Array.from({ length }, (_, e) => runs.map((run) => run[e]).filter(isFiniteNumber));
  const mean = epochs.map((values) => rounded(values.reduce((sum, value) => sum + value, 0) / values.length, DIGITS));
  if (runs.length < 2) return { mean };
  const range = epochs.map((values) => {
    const low = rounded(Math.min(...values), DIGITS);
    const high = rounded(Math.max(...values), DIGITS);
    return low === null || high === null ? null : ([low, high] as const);
  });
  return { mean, range };
}

/** With one variant, a chart has a curve for each output; with several variants, it has one metric and a curve for each variant. */
export function curvesOf(data: ReportData): CurvesView[] {
  const histories = data.variants.map((variant) => finishedRuns(variant).map((run) => run.history));
  const names = orderedNames(data, histories.flat());
  const band = (variant: number, name: string): Band | null => {
    const runs = (histories[variant] ?? []).map((history) => history[name] ?? []).filter((run) => run.length > 0);
    return runs.length === 0 ? null : bandOf(runs);
  };
  const curve = (label: string, style: number, variant: number, name: string): Curve[] => {
    const [training, validation] = [band(variant, name), band(variant, `val_${name}`)];
    return training === null && validation === null ? [] : [{ label, style, training, validation }];
  };
  const ofOne = (family: string): Curve[] =>
    names.filter((name) => familyOf(name) === family).flatMap((name, n) => curve(name, n, 0, name));
  const ofSeveral = (name: string): Curve[] => data.variants.flatMap((variant, v) => curve(variant.name, v, v, name));
  const views =
    data.variants.length === 1
      ? [...new Set(names.map(familyOf))].map((family) => ({ label: family, curves: ofOne(family) }))
      : names.map((name) => ({ label: name, curves: ofSeveral(name) }));
  return views.filter(({ curves }) => curves.length > 0);
}

/** Names in the histories without `val_`. The names of the final metrics come first, in their order. */
function orderedNames(data: ReportData, histories: readonly Readonly<Record<string, readonly number[]>>[]): string[] {
  const present = new Set(
    histories.flatMap((history) => Object.keys(history).map((name) => name.replace(/^val_/, ''))),
  );
  return [...new Set([...presentMetrics(data).map(historyName), ...present])].filter((name) => present.has(name));
}
