import type { ReportData, ReportVariant } from '../data.js';
import { dotsOf, worthDrawing, type DotsRow, type DotsView } from './dots.js';
import { finishedRuns, presentMetrics } from './metrics.js';

/** The final metrics of the variants, and their differences to the baseline. */
export interface Finals {
  readonly values: readonly DotsView[];
  /** Empty if there is no baseline, or only the baseline. */
  readonly differences: readonly DotsView[];
}

/** Null if fewer than two runs have finished. */
export function finalsOf(data: ReportData): Finals | null {
  const names = presentMetrics(data);
  if (data.variants.flatMap(finishedRuns).length < 2 || names.length === 0) return null;
  const baseline = data.variants.find((variant) => variant.isBaseline);
  return {
    values: worthDrawing(
      names.map((name) => ({
        label: name,
        rows: data.variants.map((variant, v) => valuesRow(variant, v, name)),
        reference: (data.variants.length > 1 ? baseline?.metrics[name]?.mean : null) ?? null,
      })),
    ),
    differences: worthDrawing(
      names.map((name) => ({
        label: name,
        rows: baseline === undefined ? [] : differenceRows(data, baseline, name),
        reference: 0,
      })),
    ),
  };
}

function valuesRow(variant: ReportVariant, style: number, name: string): DotsRow {
  const mark = variant.metrics[name];
  return {
    label: variant.name,
    style,
    dots: dotsOf(finishedRuns(variant).map(({ seed, metrics }) => [`seed ${seed}`, metrics[name]])),
    mark: mark === undefined ? null : { ...mark, label: 'mean' },
  };
}

/** The differences are taken seed by seed, as in the intervals. */
function differenceRows({ variants }: ReportData, baseline: ReportVariant, name: string): DotsRow[] {
  const of = new Map(finishedRuns(baseline).map(({ seed, metrics }) => [seed, metrics[name] ?? NaN]));
  return variants.flatMap((variant, style) => {
    if (variant === baseline) return [];
    const mark = variant.compared[name];
    const differences = finishedRuns(variant).map(
      ({ seed, metrics }) => [`seed ${seed}`, (metrics[name] ?? NaN) - (of.get(seed) ?? NaN)] as const,
    );
    return [
      {
        label: variant.name,
        style,
        dots: dotsOf(differences),
        mark: mark === undefined ? null : { ...mark, label: 'mean difference' },
      },
    ];
  });
}
