import type { Interval, ReportData } from '../data.js';
import { finishedRuns, isBetter, presentMetrics } from './metrics.js';

/** The table of results. */
export interface Results {
  readonly metrics: readonly { readonly name: string; readonly lowerIsBetter: boolean }[];
  readonly rows: readonly ResultsRow[];
}

export interface ResultsRow {
  readonly variant: number;
  readonly finished: number;
  readonly failed: number;
  /** A cell for each metric; null if no run of this variant has it, `diverged` if it is not finite. */
  readonly cells: readonly (ResultsCell | 'diverged' | null)[];
  /** Medians over the runs; null if no run has the value. */
  readonly msPerStep: number | null;
  readonly wallMs: number | null;
  readonly peakRssBytes: number | null;
}

export interface ResultsCell {
  readonly value: Interval;
  /** Whether no other variant has a better mean; false if there is only one variant. */
  readonly best: boolean;
  readonly compared: Interval | null;
  /** `better` or `worse` if the interval of the difference does not contain zero, else null. */
  readonly verdict: 'better' | 'worse' | null;
}

/**
 * @param data the report without metrics that are not finite
 * @param all the report with them
 */
export function resultsOf(data: ReportData, all: ReportData): Results | null {
  const names = presentMetrics(all);
  if (names.length === 0) return null;
  const best = names.map((name) => bestMean(data, name));
  return {
    metrics: names.map((name) => ({ name, lowerIsBetter: data.lowerIsBetter.includes(name) })),
    rows: data.variants.map((variant, v) => {
      const runs = finishedRuns(variant);
      return {
        variant: v,
        finished: runs.length,
        failed: variant.runs.length - runs.length,
        cells: names.map((name, n): ResultsRow['cells'][number] => {
          const value = variant.metrics[name];
          if (value === undefined) return all.variants[v]?.metrics[name] === undefined ? null : 'diverged';
          const compared = variant.compared[name] ?? null;
          return { value, best: value.mean === best[n], compared, verdict: verdictOf(data, name, compared) };
        }),
        msPerStep: median(runs.map((run) => run.msPerStep)),
        wallMs: median(runs.map((run) => run.wallMs)),
        peakRssBytes: median(runs.map((run) => run.peakRssBytes)),
      };
    }),
  };
}

export function verdictOf(
  data: Pick<ReportData, 'lowerIsBetter'>,
  name: string,
  difference: Interval | null,
): ResultsCell['verdict'] {
  const { mean, low, high } = difference ?? { mean: 0, low: null, high: null };
  if (low === null || high === null || (low <= 0 && high >= 0)) return null;
  return isBetter(data, name, mean, 0) ? 'better' : 'worse';
}

export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

function bestMean(data: ReportData, name: string): number | null {
  const means = data.variants.map((variant) => variant.metrics[name]?.mean).filter((mean) => mean !== undefined);
  return means.length < 2 ? null : means.reduce((best, mean) => (isBetter(data, name, mean, best) ? mean : best));
}
