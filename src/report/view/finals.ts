import type { ReportData, ReportVariant } from '../data.js';
import { dotsOf, worthDrawing, type DotsRow, type DotsView } from './dots.js';
import { finishedRuns, presentMetrics } from './metrics.js';

/** The final metrics of the variants, and how they differ from the baseline's. */
export interface Finals {
  readonly values: readonly DotsView[];
  /** Empty where there is no baseline to compare with. */
  readonly differences: readonly DotsView[];
}

/** Null where there are no two runs to compare. */
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

/** Seed by seed, as the intervals are. */
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
