import { describe, expect, it } from 'vitest';
import type { FinishedRun, Interval, ReportData } from '../../../src/report/data.js';
import { bandOf, curvesOf } from '../../../src/report/view/curves.js';
import { confusionOf } from '../../../src/report/view/confusion.js';
import { membersOf } from '../../../src/report/view/members.js';
import { median, verdictOf, type Results, type ResultsCell } from '../../../src/report/view/results.js';
import { viewOf, type View } from '../../../src/report/view/view.js';
import { comparison, diverged, singleRun } from '../../report/fixture.js';

/** The parts of the view that have something in them. */
function parts(view: View): string[] {
  return Object.entries(view).flatMap(([name, part]) =>
    part === null || (Array.isArray(part) && part.length === 0) ? [] : [name],
  );
}

/** The same report with each finished run changed. */
function withRuns(data: ReportData, change: (run: FinishedRun) => Partial<FinishedRun>): ReportData {
  const variants = data.variants.map((variant) => ({
    ...variant,
    runs: variant.runs.map((run) => (run.status === 'finished' ? { ...run, ...change(run) } : run)),
  }));
  return { ...data, variants };
}

describe('what a report shows', () => {
  it('has all parts for a comparison with a failed run', () => {
    expect(parts(viewOf(comparison()))).toEqual([
      'head',
      'variants',
      'results',
      'curves',
      'finals',
      'members',
      'time',
      'confusion',
      'failures',
    ]);
  });

  it('compares nothing where there is one run', () => {
    expect(parts(viewOf(singleRun()))).toEqual(['head', 'variants', 'results', 'curves', 'members', 'confusion']);
  });

  it('leaves out members and confusion where runs have none', () => {
    const shown = parts(viewOf(withRuns(singleRun(), () => ({ members: {}, confusion: {} }))));
    expect(shown).toEqual(['head', 'variants', 'results', 'curves']);
  });

  it('shows a report of which all runs failed', () => {
    const data = comparison({ variants: 1, seeds: 1 });
    const [variant] = data.variants;
    expect(variant?.runs.map(({ status }) => status)).toEqual(['failed']);
    expect(parts(viewOf(data))).toEqual(['head', 'variants', 'failures']);
  });

  it('says in the head what it is', () => {
    const { summary, facts } = viewOf(comparison()).head;
    expect(summary).toBe('6 variants with 3 seeds each, compared with “base” seed by seed.');
    expect(facts.map(({ label }) => label)).toEqual([
      'Best test_combined_accuracy',
      'Variants',
      'Runs',
      'Failed',
      'Wall time',
    ]);
    expect(facts.slice(1, 4).map(({ value }) => value)).toEqual(['6', '18', '1']);
    expect(viewOf(singleRun()).head.summary).toBe('One training run with seed 1.');
  });
});

describe('bandOf', () => {
  it('is the mean and the range over runs, by epoch', () => {
    expect(bandOf([[1, 2], [3, 6]])).toEqual({ mean: [2, 4], range: [[1, 3], [2, 6]] }); // prettier-ignore
  });

  it('has no range for one run', () => {
    expect(bandOf([[1, 2]])).toEqual({ mean: [1, 2] });
  });

  it('takes the runs that had an epoch, and their numbers that are finite', () => {
    const { mean, range } = bandOf([[1, NaN, 5], [3, NaN], [null, null, Infinity]]); // prettier-ignore
    expect(mean).toEqual([2, null, 5]);
    expect(range).toEqual([[1, 3], null, [5, 5]]); // prettier-ignore
  });
});

describe('curvesOf', () => {
  it('tells variants apart, a metric at a time, the main one first', () => {
    const views = curvesOf(comparison());
    expect(views.map(({ label }) => label)).toEqual([
      'combined_accuracy',
      'cnn3_accuracy',
      'combined_loss',
      'cnn3_loss',
      'loss',
    ]);
    expect(views[0]?.curves.map(({ label }) => label)).toContain('no-dropout');
    expect(views[0]?.curves[0]?.validation?.mean).toHaveLength(10);
  });

  it('tells the outputs of a single variant apart, a kind of metric at a time', () => {
    const views = curvesOf(singleRun());
    expect(views.map(({ label, curves }) => [label, curves.map((curve) => curve.label)])).toEqual([
      ['accuracy', ['combined_accuracy', 'cnn3_accuracy']],
      ['loss', ['combined_loss', 'cnn3_loss', 'loss']],
    ]);
  });

  it('has nothing of a run that was interrupted in its first epoch', () => {
    expect(curvesOf(withRuns(singleRun(), () => ({ history: { loss: [], accuracy: [] } })))).toEqual([]);
  });

  it('has no validation where there was none', () => {
    const data = withRuns(singleRun(), () => ({ history: { loss: [2, 1] } }));
    expect(curvesOf(data)[0]?.curves).toEqual([
      { label: 'loss', style: 0, training: { mean: [2, 1] }, validation: null },
    ]);
  });
});

describe('results', () => {
  const interval = (mean: number, low: number | null, high: number | null): Interval => ({ n: 3, mean, low, high });

  it.each([
    ['accuracy', interval(0.01, 0.005, 0.015), 'better'],
    ['accuracy', interval(-0.01, -0.015, -0.005), 'worse'],
    ['combined_loss', interval(-0.01, -0.015, -0.005), 'better'],
    ['accuracy', interval(0.01, -0.005, 0.025), null],
    ['accuracy', interval(0.01, null, null), null],
    ['accuracy', null, null],
  ] as const)('judges a difference of %s by its interval', (name, difference, verdict) => {
    expect(verdictOf({ lowerIsBetter: ['combined_loss'] }, name, difference)).toBe(verdict);
  });

  /** The cells of a column that have a value. */
  function column(results: Results | null, m: number): ResultsCell[] {
    return (results?.rows ?? []).flatMap(({ cells }) => {
      const cell = cells[m] ?? 'diverged';
      return cell === 'diverged' ? [] : [cell];
    });
  }

  it.each([comparison(), diverged()])('marks the best mean, the least loss', (data) => {
    const { results } = viewOf(data);
    for (const [m, { name, lowerIsBetter }] of (results?.metrics ?? []).entries()) {
      const cells = column(results, m);
      const means = cells.map(({ value }) => value.mean);
      const best = lowerIsBetter ? Math.min(...means) : Math.max(...means);
      const marked = cells.filter((cell) => cell.best).map(({ value }) => value.mean);
      expect(marked, name).toEqual([best]);
    }
  });

  it('says which variant diverged, and draws nothing of it', () => {
    const { results, finals, time } = viewOf(diverged());
    expect(results?.rows[1]?.cells).toEqual(Array.from({ length: 5 }, () => 'diverged'));
    expect(finals?.values[0]?.rows[1]).toMatchObject({ label: 'no-dropout', dots: [], mark: null });
    expect(time[0]?.points.map(({ label }) => label)).toEqual(['base', 'wide']);
  });

  it('has no best of one', () => {
    expect(column(viewOf(singleRun()).results, 0).map(({ best }) => best)).toEqual([false]);
  });

  it('takes medians', () => {
    expect([median([3, 1, 2]), median([4, null, 1]), median([null])]).toEqual([2, 2.5, null]);
  });
});

describe('finals', () => {
  it('differ from the baseline seed by seed', () => {
    const data = comparison({ variants: 2, seeds: 3 });
    const [view] = viewOf(data).finals?.differences ?? [];
    expect(view?.rows.map(({ label }) => label)).toEqual(['no-dropout']);
    const [base, other] = data.variants.map(({ runs }) => runs as FinishedRun[]);
    const difference = (s: number): number =>
      (other?.[s]?.metrics['test_combined_accuracy'] ?? NaN) - (base?.[s]?.metrics['test_combined_accuracy'] ?? NaN);
    expect(view?.rows[0]?.dots).toEqual([['seed 1', difference(0)], ['seed 2', difference(1)]]); // prettier-ignore
  });
});

describe('membersOf', () => {
  it('has a view for each output’s metric that members have, not for the total loss', () => {
    expect(membersOf(comparison()).map(({ label }) => label)).toEqual([
      'test_combined_accuracy',
      'test_cnn3_accuracy',
      'test_combined_loss',
      'test_cnn3_loss',
    ]);
  });

  it('has rows for the members and the output of a single variant', () => {
    const [view] = membersOf(singleRun());
    expect(view?.rows.map(({ label, mark }) => [label, mark !== null])).toEqual([
      ['cnn1', false],
      ['cnn2', false],
      ['cnn3', false],
      ['combined', true],
    ]);
  });

  it('takes the total loss where it is the only output’s', () => {
    const { metrics, ...rest } = singleRun();
    const [variant] = rest.variants;
    const only = { test_loss: { n: 1, mean: 0.1, low: null, high: null } };
    const data = { ...rest, metrics: ['test_loss'], variants: variant ? [{ ...variant, metrics: only }] : [] };
    expect(metrics).toContain('test_loss');
    expect(membersOf(data)[0]?.rows.at(-1)?.label).toBe('ensemble');
  });
});

describe('confusionOf', () => {
  const counts = [
    [8, 2, 0],
    [0, 5, 5],
    [0, 0, 0],
  ];

  it('lists mistakes by their share of the true class, and what was recognised', () => {
    const data = withRuns(singleRun(), () => ({ confusion: { out: counts } }));
    expect(confusionOf(data)?.outputs).toEqual([
      {
        label: 'out',
        counts,
        recognised: [0.8, 0.5, null],
        mistakes: [
          { actual: 1, predicted: 2, count: 5, share: 0.5 },
          { actual: 0, predicted: 1, count: 2, share: 0.2 },
        ],
      },
    ]);
  });

  it('is of the best run that has one', () => {
    const data = withRuns(comparison(), ({ seed, metrics }) => ({
      metrics: { ...metrics, test_combined_accuracy: seed },
      ...(seed === 3 ? { confusion: {} } : {}),
    }));
    expect(confusionOf(data)).toMatchObject({ variant: 'base', seed: 2, by: 'test_combined_accuracy' });
  });
});
