import { h } from './dom.js';

/** A part of the page with a heading, to which the head links. */
export function section(id: string, heading: string, ...children: readonly (Node | string)[]): HTMLElement {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-heading` },
    h('h2', { id: `${id}-heading` }, heading),
    ...children,
  );
}

export function note(text: string): HTMLElement {
  return h('p', { class: 'note' }, text);
}

/** A box that scrolls by itself where its content is wider than the page; reached by keyboard too. */
export function scrolling(label: string, content: HTMLElement): HTMLElement {
  return h('div', { class: 'scrolling', role: 'region', tabindex: '0', 'aria-label': label }, content);
}
