import { h } from '../dom.js';
import { swatch } from '../marks.js';

export interface TipRow {
  readonly style: number | null;
  readonly label: string;
  readonly value: string;
}

/** The content of a tooltip. It is made of elements, so that names cannot become markup. */
export function tip(title: string, rows: readonly TipRow[], more = 0): HTMLElement {
  const cells = rows.flatMap(({ style, label, value }) => [
    h('span', { class: 'tip-label' }, ...(style === null ? [] : [swatch(style)]), label),
    h('span', { class: 'tip-value' }, value),
  ]);
  const rest = more > 0 ? [h('div', { class: 'tip-more' }, `and ${more} more`)] : [];
  return h('div', { class: 'tip' }, h('strong', {}, title), h('div', { class: 'tip-rows' }, ...cells), ...rest);
}
