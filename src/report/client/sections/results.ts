import { formatBytes, formatDifference, formatDuration, formatMs, formatNumber } from '../../format.js';
import type { Interval } from '../../data.js';
import type { Results, ResultsCell, ResultsRow } from '../../view/results.js';
import type { VariantView, View } from '../../view/view.js';
import { h } from '../dom.js';
import { swatch } from '../marks.js';
import { note, scrolling, section } from '../section.js';

const FORMULA =
  'Values are the mean over the runs ± half of its 95 % confidence interval: mean ± t(0.975, n − 1) · s / √n, where s is the standard deviation of n runs.';
const PAIRED =
  'Δ is the paired difference to the baseline: the mean of “variant minus baseline” over the common seeds, and its interval. ' +
  '✓ means better and ✗ means worse than the baseline, with an interval that does not contain zero. With many variants, some differ by chance.';

/** The section with the table of results: one row for each variant, or one row for each metric if there is only one variant. */
export function results({ results: table, variants }: View): HTMLElement | null {
  if (table === null) return null;
  const [only] = table.rows;
  const many = table.rows.some(({ finished }) => finished > 1);
  const compared = table.rows.some(({ cells }) => cells.some((cell) => cell !== 'diverged' && cell?.compared));
  const notes = [
    ...(many ? [FORMULA] : []),
    ...(compared ? [PAIRED] : []),
    ...(table.rows.length > 1
      ? ['The best mean of each metric is bold. Time and memory are medians over the runs.']
      : []),
  ];
  return section(
    'results',
    'Results',
    table.rows.length === 1 && only !== undefined
      ? scrolling('Results', singleTable(table, only))
      : scrolling('Results by variant', variantsTable(table, variants)),
    ...(notes.length === 0 ? [] : [note(notes.join(' '))]),
  );
}

function variantsTable({ metrics, rows }: Results, variants: readonly VariantView[]): HTMLElement {
  const headings = [
    ['Variant', ''],
    ...metrics.map(({ name, lowerIsBetter }) => [name, lowerIsBetter ? 'lower is better' : 'higher is better']),
    ['Time per step', ''],
    ['Wall time', ''],
    ['Memory', ''],
  ].map(([text = '', hint = '']) => h('th', { scope: 'col', ...(hint && { title: hint }) }, text));
  return h(
    'table',
    { class: 'results' },
    h('caption', { class: 'hidden' }, 'Final metrics, time and memory of each variant'),
    h('thead', {}, h('tr', {}, ...headings)),
    h('tbody', {}, ...rows.map((row) => variantRow(row, variants[row.variant]))),
  );
}

function variantRow(row: ResultsRow, variant: VariantView | undefined): HTMLElement {
  const baseline = variant?.isBaseline === true ? [h('span', { class: 'tag' }, 'baseline')] : [];
  const failed = row.failed > 0 ? [h('span', { class: 'tag bad' }, `${row.failed} failed`)] : [];
  const runs = h('div', { class: 'runs' }, `n = ${row.finished}`, ...baseline, ...failed);
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, swatch(row.variant), variant?.name ?? '', runs),
    ...row.cells.map(cellOf),
    ...[
      formatted(row.msPerStep, formatMs),
      formatted(row.wallMs, formatDuration),
      formatted(row.peakRssBytes, formatBytes),
    ],
  );
}

function cellOf(cell: ResultsRow['cells'][number]): HTMLElement {
  if (cell === null) return empty();
  return cell === 'diverged' ? h('td', { class: 'worse' }, 'diverged') : h('td', {}, ...cellContent(cell));
}

function cellContent({ value, best, compared, verdict }: ResultsCell): HTMLElement[] {
  const mean = h(best ? 'strong' : 'span', {}, formatNumber(value.mean));
  const lines = [h('div', {}, mean, h('span', { class: 'half' }, half(value)))];
  if (compared === null) return lines;
  const text = `Δ ${formatDifference(compared.mean)}${half(compared)}`;
  if (verdict === null) return [...lines, h('div', { class: 'compared' }, text)];
  const sign = h('span', { 'aria-hidden': 'true' }, verdict === 'better' ? ' ✓' : ' ✗');
  return [
    ...lines,
    h('div', { class: `compared ${verdict}` }, text, sign, h('span', { class: 'hidden' }, ` ${verdict}`)),
  ];
}

function singleTable({ metrics }: Results, { cells, finished }: ResultsRow): HTMLElement {
  const several = finished > 1;
  const rows = metrics.flatMap(({ name }, m) => {
    const cell = cells[m] ?? null;
    if (cell === null) return [];
    const interval = cell === 'diverged' ? '' : half(cell.value);
    const texts = [cell === 'diverged' ? cell : formatNumber(cell.value.mean), ...(several ? [interval] : [])];
    return [h('tr', {}, h('th', { scope: 'row' }, name), ...texts.map((text) => h('td', {}, text)))];
  });
  const headings = ['Metric', ...(several ? [`Mean of ${finished} runs`, '95 % interval'] : ['Value'])];
  return h(
    'table',
    { class: 'single' },
    h('caption', { class: 'hidden' }, 'Final metrics'),
    h('thead', {}, h('tr', {}, ...headings.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows),
  );
}

/** ` ± 0.0012`; empty for a single run. */
function half({ mean, high }: Interval): string {
  return high === null ? '' : ` ± ${formatNumber(high - mean)}`;
}

function formatted(value: number | null, format: (value: number) => string): HTMLElement {
  return value === null ? empty() : h('td', {}, format(value));
}

function empty(): HTMLElement {
  return h('td', { class: 'empty' }, '–');
}
