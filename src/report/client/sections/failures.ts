import type { View } from '../../view/view.js';
import { h } from '../dom.js';
import { scrolling, section } from '../section.js';

/** The section with the failed runs and their errors. */
export function failures({ failures: failed }: View): HTMLElement | null {
  if (failed.length === 0) return null;
  const rows = failed.map(({ variant, seed, error }) =>
    h('tr', {}, h('th', { scope: 'row' }, variant), h('td', {}, String(seed)), h('td', { class: 'error' }, error)),
  );
  const headings = ['Variant', 'Seed', 'Error'].map((text) => h('th', { scope: 'col' }, text));
  return section(
    'failures',
    'Failed runs',
    scrolling(
      'Failed runs',
      h(
        'table',
        { class: 'failures' },
        h('caption', { class: 'hidden' }, 'Failed runs and their errors'),
        h('thead', {}, h('tr', {}, ...headings)),
        h('tbody', {}, ...rows),
      ),
    ),
  );
}
