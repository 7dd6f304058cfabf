import type { View } from '../../view/view.js';
import { Chart } from '../chart.js';
import { scatterChart } from '../charts/scatter.js';
import { choice } from '../controls.js';
import { h } from '../dom.js';
import { note, section } from '../section.js';

/** The section that compares the time of the runs with their metrics. */
export function time({ time: views }: View): HTMLElement | null {
  const [first] = views;
  if (first === undefined) return null;
  const chart = new Chart(scatterChart(first));
  const labels = views.map(({ label }) => label);
  const choose = choice('Metric', labels, (index) => {
    chart.show(scatterChart(views[index] ?? first));
  });
  return section(
    'time',
    'Time against final metrics',
    h('div', { class: 'controls' }, choose),
    chart.element,
    note('Marks are means of the variants. Small dots are their runs. If a name is hidden, point at the mark.'),
  );
}
