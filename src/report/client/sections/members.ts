import type { View } from '../../view/view.js';
import { Chart } from '../chart.js';
import { dotsChart } from '../charts/dots.js';
import { choice } from '../controls.js';
import { h } from '../dom.js';
import { note, section } from '../section.js';

/** The section that compares single members with the output of the ensemble. */
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
  const dots = variants.length === 1 ? 'Dots are single members' : 'Small dots are single members, one for each seed';
  return section(
    'members',
    'Members and ensemble',
    h('div', { class: 'controls' }, choose),
    chart.element,
    note(
      `${dots}. Diamonds are the output of the ensemble on the same test data${several ? ': means over the seeds with their 95 % intervals' : ''}.`,
    ),
  );
}
