import { h } from './dom.js';

/** A section of the page with a heading. The head of the page links to it. */
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

/** A box with its own scroll bar for content that is wider than the page. It can be focused with the keyboard. */
export function scrolling(label: string, content: HTMLElement): HTMLElement {
  return h('div', { class: 'scrolling', role: 'region', tabindex: '0', 'aria-label': label }, content);
}
