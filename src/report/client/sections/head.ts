import type { Head } from '../../view/head.js';
import { copyButton } from '../controls.js';
import { h } from '../dom.js';

/** The head: title, summary, main numbers, environment, and links to the sections. */
export function head(
  { title, summary, facts, command, environment }: Head,
  sections: readonly HTMLElement[],
): HTMLElement {
  const boxes = facts.map(({ label, value, note, bad }) =>
    h(
      'div',
      { class: bad === true ? 'fact bad' : 'fact' },
      h('dt', {}, label),
      h('dd', {}, value, ...(note === undefined ? [] : [h('small', {}, note)])),
    ),
  );
  const links = sections.map(({ id, firstElementChild }) =>
    h('li', {}, h('a', { href: `#${id}` }, firstElementChild?.textContent ?? '')),
  );
  const rows = environment.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)));
  return h(
    'header',
    {},
    h('h1', {}, title),
    h('p', { class: 'summary' }, summary),
    h('dl', { class: 'facts' }, ...boxes),
    h('dl', { class: 'environment' }, ...rows),
    h('div', { class: 'command' }, h('code', {}, command), copyButton(command, 'the command of this report')),
    h('nav', { 'aria-label': 'Sections' }, h('ul', {}, ...links)),
  );
}
