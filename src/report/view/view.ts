import type { ReportData } from '../data.js';
import { confusionOf, type Confusion } from './confusion.js';
import { curvesOf, type CurvesView } from './curves.js';
import type { DotsView } from './dots.js';
import { finiteOnly } from './finite.js';
import { finalsOf, type Finals } from './finals.js';
import { headOf, type Head } from './head.js';
import { membersOf } from './members.js';
import { resultsOf, type Results } from './results.js';
import { timeOf, type TimeView } from './time.js';

/**
 * The content of the page, as plain data. Everything is computed here from the runs, so that the page has only the numbers that it draws.
 * A part that is null or empty has no section in the page.
 */
export interface View {
  readonly head: Head;
  readonly variants: readonly VariantView[];
  readonly results: Results | null;
  readonly curves: readonly CurvesView[];
  readonly finals: Finals | null;
  readonly members: readonly DotsView[];
  readonly time: readonly TimeView[];
  readonly confusion: Confusion | null;
  readonly failures: readonly Failure[];
}

export interface VariantView {
  readonly name: string;
  readonly isBaseline: boolean;
  /** Dotted keys and their values as JSON. */
  readonly changes: readonly (readonly [key: string, value: string])[];
  readonly config: string;
  readonly command: string;
}

export interface Failure {
  readonly variant: string;
  readonly seed: number;
  readonly error: string;
}

export function viewOf(all: ReportData): View {
  const data = finiteOnly(all);
  return {
    head: headOf(data),
    variants: data.variants.map(({ name, isBaseline, changes, config, command }) => ({
      name,
      isBaseline: isBaseline && data.variants.length > 1,
      changes: Object.entries(changes).map(([key, value]) => [key, JSON.stringify(value)]),
      config,
      command,
    })),
    results: resultsOf(data, all),
    curves: curvesOf(data),
    finals: finalsOf(data),
    members: membersOf(data),
    time: timeOf(data),
    confusion: confusionOf(data),
    failures: data.variants.flatMap(({ name, runs }) =>
      runs.flatMap((run) => (run.status === 'failed' ? [{ variant: name, seed: run.seed, error: run.error }] : [])),
    ),
  };
}
