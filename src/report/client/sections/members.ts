import type { View } from '../../view/view.js';
import { Chart } from '../chart.js';
import { dotsChart } from '../charts/dots.js';
import { choice } from '../controls.js';
import { h } from '../dom.js';
import { note, section } from '../section.js';

/** What merging brings: members by themselves, and the ensemble's output. */
export function members({ members: views, variants }: View): HTMLElement | null {
  const [first] = views;
  if (first === undefined) return null;
  const settings = { marks: 'output', differences: false } as const;
  const chart = new Chart(dotsChart(first, settings));
  const labels = views.map(({ label }) => label);
  const choose = choice('Metric', labels, (index) => {
    chart.show(dotsChart(views[index] ?? first, settings));
  });
  const several = first.rows.some(({ mark }) => (mark?.n ?? 0) > 1);
  const dots =
    variants.length === 1 ? 'Dots are members by themselves' : 'Small dots are members by themselves, each seed';
  return section(
    'members',
    'Members and ensemble',
    h('div', { class: 'controls' }, choose),
    chart.element,
    note(
      `${dots}; diamonds are the ensemble’s output on the same test data${several ? ', means over the seeds with their 95 % intervals' : ''}.`,
    ),
  );
}
