import type { View } from '../../view/view.js';
import { Chart } from '../chart.js';
import { dotsChart, type DotsSettings } from '../charts/dots.js';
import { choice } from '../controls.js';
import { h } from '../dom.js';
import { note, section } from '../section.js';

/** The section with the final metrics and their differences to the baseline, as points with intervals. */
export function finals({ finals: views }: View): HTMLElement | null {
  const [first] = views?.values ?? [];
  if (views === null || first === undefined) return null;
  const settings = (differences: boolean): DotsSettings => ({ marks: 'mean', differences });
  const chart = new Chart(dotsChart(first, settings(false)));
  let metric = first.label;
  let differences = false;
  const draw = (): void => {
    const view = (differences ? views.differences : views.values).find(({ label }) => label === metric);
    if (view !== undefined) chart.show(dotsChart(view, settings(differences)));
  };
  const metrics = views.values.map(({ label }) => label);
  const chooseMetric = choice('Metric', metrics, (index) => {
    metric = metrics[index] ?? metric;
    draw();
  });
  const chooseKind = choice('Show', ['values', 'differences to the baseline, seed by seed'], (index) => {
    differences = index === 1;
    draw();
  });
  const several = first.rows.some(({ mark }) => (mark?.n ?? 0) > 1);
  const compared = views.differences.length > 0;
  return section(
    'finals',
    'Final metrics',
    h('div', { class: 'controls' }, chooseMetric, ...(compared ? [chooseKind] : [])),
    chart.element,
    note(
      (several
        ? 'Marks are means with their 95 % intervals. Small dots are single seeds.'
        : 'Each variant has one seed.') + (compared ? ' The dashed line is the baseline.' : ''),
    ),
  );
}
