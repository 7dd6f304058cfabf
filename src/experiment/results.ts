import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailedRun, FinishedRun, Interval, ReportVariant } from '../report/data.js';
import { finishedRun, rankMetrics, type RunFile } from '../run/record.js';
import type { ExperimentPlan, PlannedRun } from './plan.js';
import { interval, pairedInterval } from './statistics.js';

/** The results of a series. */
export interface ExperimentResults {
  readonly name: string;
  readonly version: string;
  /** Time when the results were written, ISO 8601. */
  readonly created: string;
  /** The command that repeats the series. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds of this call, without runs of earlier calls. */
  readonly wallMs: number;
  /** CPU time of the runs of this call / (threads · wall time); null if this call ran nothing. */
  readonly busyShare: number | null;
  /** Names of the final metrics, the most important ones first. */
  readonly metrics: readonly string[];
  readonly baseline: string;
  readonly variants: readonly VariantResults[];
}

/** The results of a variant. `ReportVariant` explains the other fields. */
export interface VariantResults extends Omit<ReportVariant, 'runs'> {
  readonly runs: readonly RunResult[];
  /** Means over runs. */
  readonly msPerStep: Interval | null;
  readonly wallMs: Interval | null;
  readonly peakRssBytes: Interval | null;
}

export type RunResult = LandedRun | FailedRun;

export interface LandedRun extends FinishedRun {
  /** Relative to the series' folder. */
  readonly folder: string;
  /** CPU time in milliseconds. */
  readonly cpuMs: number;
}

/** Reads a finished run. @param folder relative to the series' folder */
export async function readRun(series: string, folder: string): Promise<LandedRun> {
  const record = JSON.parse(await readFile(join(series, folder, 'run.json'), 'utf8')) as RunFile;
  return { ...finishedRun(record), cpuMs: record.cpuMs, folder };
}

/** Summarizes all runs of a series by variant. */
export function summarize(
  plan: ExperimentPlan,
  resultOf: (run: PlannedRun) => RunResult | null,
  describe: (run: PlannedRun) => { readonly config: string; readonly command: string },
): Pick<ExperimentResults, 'metrics' | 'baseline' | 'variants'> {
  const runsOf = (variant: string): PlannedRun[] => plan.runs.filter((run) => run.variant === variant);
  const byVariant = new Map(
    plan.variants.map(({ name }) => [name, runsOf(name).flatMap((run) => resultOf(run) ?? [])]),
  );
  const names = new Set(
    [...byVariant.values()].flatMap((runs) => finishedOf(runs).flatMap(({ metrics }) => Object.keys(metrics))),
  );
  const metrics = rankMetrics([...names], plan.definition.metric);
  const reference = finishedOf(byVariant.get(plan.baseline) ?? []);
  const variants = plan.variants.map(({ name, changes }): VariantResults => {
    const runs = byVariant.get(name) ?? [];
    const finished = finishedOf(runs);
    const isBaseline = name === plan.baseline;
    const [first] = runsOf(name);
    const over = (get: (run: FinishedRun) => number | null): Interval | null => {
      const values = finished.flatMap((run) => get(run) ?? []);
      return values.length === 0 ? null : interval(values);
    };
    return {
      name,
      isBaseline,
      changes,
      ...(first === undefined ? { config: '', command: '' } : describe(first)),
      runs,
      metrics: eachMetric(metrics, (metric) => over((run) => run.metrics[metric] ?? null)),
      compared: isBaseline
        ? {}
        : eachMetric(metrics, (metric) => pairedInterval(bySeed(finished, metric), bySeed(reference, metric))),
      msPerStep: over((run) => run.msPerStep),
      wallMs: over((run) => run.wallMs),
      peakRssBytes: over((run) => run.peakRssBytes),
    };
  });
  return { metrics, baseline: plan.baseline, variants };
}

/** The runs that have finished. */
export function finishedOf(runs: readonly RunResult[]): LandedRun[] {
  return runs.filter((run) => run.status === 'finished');
}

function bySeed(runs: readonly FinishedRun[], metric: string): Map<number, number> {
  return new Map(
    runs.flatMap(({ seed, metrics }) => {
      const value = metrics[metric];
      return value === undefined ? [] : [[seed, value] as const];
    }),
  );
}

function eachMetric(metrics: readonly string[], get: (metric: string) => Interval | null): Record<string, Interval> {
  return Object.fromEntries(
    metrics.flatMap((metric) => {
      const value = get(metric);
      return value === null ? [] : [[metric, value]];
    }),
  );
}
