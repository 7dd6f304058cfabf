import type { ReportData } from '../data.js';
import { finishedRuns, isFiniteNumber, presentMetrics } from './metrics.js';

/** Wall time of the runs against one metric. */
export interface TimeView {
  readonly label: string;
  readonly points: readonly TimePoint[];
}

export interface TimePoint {
  readonly label: string;
  readonly style: number;
  readonly ms: number;
  readonly value: number;
  readonly runs: readonly { readonly seed: number; readonly ms: number; readonly value: number }[];
}

/** Empty if fewer than two variants have finished runs. */
export function timeOf(data: ReportData): TimeView[] {
  const views = presentMetrics(data).map((name) => ({
    label: name,
    points: data.variants.flatMap((variant, style) => {
      const runs = finishedRuns(variant).flatMap(({ seed, wallMs, metrics }) => {
        const value = metrics[name];
        return isFiniteNumber(value) ? [{ seed, ms: wallMs, value }] : [];
      });
      if (runs.length === 0) return [];
      return [
        {
          label: variant.name,
          style,
          ms: mean(runs.map(({ ms }) => ms)),
          value: mean(runs.map(({ value }) => value)),
          runs,
        },
      ];
    }),
  }));
  return views.filter(({ points }) => points.length > 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
