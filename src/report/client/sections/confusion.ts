import { formatShare } from '../../format.js';
import type { ConfusionOutput } from '../../view/confusion.js';
import type { View } from '../../view/view.js';
import { Chart } from '../chart.js';
import { matrixChart } from '../charts/matrix.js';
import { choice } from '../controls.js';
import { h } from '../dom.js';
import { note, section } from '../section.js';

/** The section with the confusion matrix and a table of the most frequent mistakes. */
export function confusion({ confusion: view, variants }: View): HTMLElement | null {
  const [first] = view?.outputs ?? [];
  if (view === null || first === undefined) return null;
  const chart = new Chart(matrixChart(first));
  const mistakes = h('div', { class: 'mistakes' }, ...mistakesOf(first));
  const labels = view.outputs.map(({ label }) => label);
  const choose = choice('Output', labels, (index) => {
    const output = view.outputs[index] ?? first;
    chart.show(matrixChart(output));
    mistakes.replaceChildren(...mistakesOf(output));
  });
  const run = `${variants.length > 1 ? `${view.variant}, ` : ''}seed ${view.seed}`;
  const best =
    view.by === null ? [] : [h('span', { class: 'control' }, 'Best run by ', view.by, ': ', h('strong', {}, run))];
  return section(
    'confusion',
    'Confusion matrix',
    h('div', { class: 'controls' }, ...best, choose),
    h('div', { class: 'matrix' }, h('div', { class: 'matrix-chart' }, chart.element), mistakes),
    note(
      'Number of test samples by true class (row) and predicted class (column). The colour shows the share of the row that was predicted as another class. ' +
        'The right column is the share of each class that was recognised.',
    ),
  );
}

function mistakesOf({ mistakes }: ConfusionOutput): HTMLElement[] {
  if (mistakes.length === 0) return [h('p', {}, 'No mistakes.')];
  const rows = mistakes.map(({ actual, predicted, count, share }) =>
    h('tr', {}, ...[actual, predicted, count, formatShare(share)].map((cell) => h('td', {}, String(cell)))),
  );
  const headings = ['True class', 'Predicted as', 'Samples', 'Share of class'].map((text) =>
    h('th', { scope: 'col' }, text),
  );
  return [
    h(
      'table',
      {},
      h('caption', {}, 'Most frequent mistakes'),
      h('thead', {}, h('tr', {}, ...headings)),
      h('tbody', {}, ...rows),
    ),
  ];
}
