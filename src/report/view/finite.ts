import type { Interval, ReportData, ReportRun } from '../data.js';
import { isFiniteNumber } from './metrics.js';

/** Removes the final metrics that are not finite (of diverged runs): a chart cannot show them, and they are never the best. */
export function finiteOnly(data: ReportData): ReportData {
  const variants = data.variants.map((variant) => ({
    ...variant,
    metrics: filtered(variant.metrics, isFiniteInterval),
    compared: filtered(variant.compared, isFiniteInterval),
    runs: variant.runs.map((run): ReportRun =>
      run.status === 'failed' ? run : { ...run, metrics: filtered(run.metrics, (value) => isFiniteNumber(value)) },
    ),
  }));
  return { ...data, variants };
}

function filtered<T>(record: Readonly<Record<string, T>>, keep: (value: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => keep(value)));
}

function isFiniteInterval({ mean, low, high }: Interval): boolean {
  return isFiniteNumber(mean) && [low, high].every((bound) => bound === null || isFiniteNumber(bound));
}
