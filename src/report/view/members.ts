import { MEMBERS_MEAN, type FinishedRun, type ReportData } from '../data.js';
import { dotsOf, worthDrawing, type DotsRow, type DotsView } from './dots.js';
import { finishedRuns, presentMetrics } from './metrics.js';

/**
 * Compares single members with an output of the ensemble, for each final metric that both have. With several variants, each variant has a row;
 * with one variant, each member and the output have a row.
 */
export function membersOf(data: ReportData): DotsView[] {
  const ofMembers = new Set(
    data.variants.flatMap(finishedRuns).flatMap(({ members }) => Object.values(members).flatMap(Object.keys)),
  );
  const tests = presentMetrics(data).filter((name) => name.startsWith('test_') && !name.startsWith(MEMBERS_MEAN));
  // If both `test_loss` and `test_combined_loss` exist, `test_loss` is the total of all outputs. It is not comparable with a member's loss.
  const outputs = tests.filter((name) => !tests.some((other) => other !== name && other.endsWith(name.slice(4))));
  return worthDrawing(
    outputs.flatMap((name) => {
      const metric = [...ofMembers].find((own) => name.endsWith(`_${own}`));
      if (metric === undefined) return [];
      const [only] = data.variants;
      const rows =
        data.variants.length === 1 && only !== undefined
          ? singleRows(finishedRuns(only), metric, markOf(data, 0, name), outputName(name, metric))
          : data.variants.map((variant, v) => ({
              label: variant.name,
              style: v,
              dots: finishedRuns(variant).flatMap((run) => memberDots(run, metric)),
              mark: markOf(data, v, name),
            }));
      return [{ label: name, rows, reference: null }];
    }),
  );
}

function markOf({ variants }: ReportData, variant: number, name: string): DotsRow['mark'] {
  const interval = variants[variant]?.metrics[name];
  return interval === undefined ? null : { ...interval, label: 'ensemble' };
}

function memberDots({ seed, members }: FinishedRun, metric: string): DotsRow['dots'] {
  return dotsOf(Object.entries(members).map(([member, own]) => [`${member}, seed ${seed}`, own[metric]]));
}

function singleRows(runs: readonly FinishedRun[], metric: string, mark: DotsRow['mark'], output: string): DotsRow[] {
  const names = [...new Set(runs.flatMap(({ members }) => Object.keys(members)))];
  const members = names.map((label) => ({
    label,
    style: 0,
    dots: dotsOf(runs.map(({ seed, members: own }) => [`seed ${seed}`, own[label]?.[metric]])),
    mark: null,
  }));
  return [...members, { label: output, style: 1, dots: [], mark }];
}

/** `combined` for `test_combined_accuracy`; `ensemble` for `test_accuracy`, which has no name of an output. */
function outputName(name: string, metric: string): string {
  return name.slice('test_'.length, -`_${metric}`.length) || 'ensemble';
}
