import { h } from './dom.js';
import { swatch } from './marks.js';

/** A select box with a label. With one option only, it is plain text. */
export function choice(
  label: string,
  options: readonly string[],
  onChange: (index: number) => void,
  initial = 0,
): HTMLElement {
  if (options.length < 2) return h('span', { class: 'control' }, `${label} `, h('strong', {}, options[0] ?? ''));
  const select = h('select', {}, ...options.map((option, o) => h('option', { value: String(o) }, option)));
  select.value = String(initial);
  select.addEventListener('change', () => {
    onChange(Number(select.value));
  });
  return h('label', { class: 'control' }, `${label} `, select);
}

export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): HTMLElement {
  const box = h('input', { type: 'checkbox' });
  box.checked = checked;
  box.addEventListener('change', () => {
    onChange(box.checked);
  });
  return h('label', { class: 'control' }, box, ` ${label}`);
}

export interface LegendItem {
  readonly label: string;
  readonly style: number;
}

/** A legend. A click on an item hides or shows its curve; pointing at an item highlights its curve. */
export function legend(
  items: readonly LegendItem[],
  onToggle: (hidden: ReadonlySet<number>) => void,
  onPoint: (label: string | null) => void,
): HTMLElement {
  const hidden = new Set<number>();
  const buttons = items.map(({ label, style }) => {
    const button = h('button', { type: 'button', 'aria-pressed': 'true', title: 'Hide or show' }, swatch(style), label);
    button.addEventListener('click', () => {
      if (!hidden.delete(style)) hidden.add(style);
      button.setAttribute('aria-pressed', String(!hidden.has(style)));
      onToggle(hidden);
    });
    for (const event of ['mouseenter', 'focus']) {
      button.addEventListener(event, () => {
        onPoint(label);
      });
    }
    for (const event of ['mouseleave', 'blur']) {
      button.addEventListener(event, () => {
        onPoint(null);
      });
    }
    return h('li', {}, button);
  });
  return h('ul', { class: 'legend', 'aria-label': 'Shown curves' }, ...buttons);
}

const SAID_FOR_MS = 2000;

/** A button that copies a text and shows the result. */
export function copyButton(text: string, what: string): HTMLElement {
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${what}` }, 'Copy');
  const said = h('span', { class: 'hidden', role: 'status' });
  button.addEventListener('click', () => {
    void copy(text).then((done) => {
      button.textContent = done ? 'Copied' : 'Not allowed';
      said.textContent = done ? 'Copied' : 'The browser did not allow copying';
      setTimeout(() => {
        button.textContent = 'Copy';
        said.textContent = '';
      }, SAID_FOR_MS);
    });
  });
  return h('span', {}, button, said);
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Some browsers treat a page from a file as insecure. Such a page has no `navigator.clipboard`. */
function copyBySelection(text: string): boolean {
  const area = h('textarea', { readonly: '', class: 'hidden' });
  area.value = text;
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way that works in an insecure page
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
