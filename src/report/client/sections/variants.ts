import type { VariantView, View } from '../../view/view.js';
import { copyButton } from '../controls.js';
import { h } from '../dom.js';
import { swatch } from '../marks.js';
import { scrolling, section } from '../section.js';

/** The section with the changes, the command and the whole configuration of each variant. */
export function variants({ variants: all }: View): HTMLElement | null {
  const [only] = all;
  if (only === undefined) return null;
  if (all.length === 1) return section('variants', 'Configuration', ...contentOf(only));
  return section('variants', 'Variants', ...all.map((variant, v) => details(variant, v)));
}

function details(variant: VariantView, style: number): HTMLElement {
  const { name, isBaseline, changes } = variant;
  const summary = h(
    'summary',
    {},
    swatch(style),
    h('strong', {}, name),
    ...(isBaseline ? [h('span', { class: 'tag' }, 'baseline')] : []),
    h('span', { class: 'changes' }, changes.map(([key, value]) => `${key}: ${value}`).join(', ') || 'no changes'),
  );
  return h('details', {}, summary, ...contentOf(variant));
}

function contentOf({ name, changes, command, config }: VariantView): HTMLElement[] {
  const changed = changes.map(([key, value]) =>
    h('div', {}, h('dt', {}, h('code', {}, key)), h('dd', {}, h('code', {}, value))),
  );
  return [
    ...(changed.length === 0 ? [] : [h('h3', {}, 'Changes'), h('dl', { class: 'changed' }, ...changed)]),
    h('h3', {}, 'Run it again'),
    h('div', { class: 'command' }, h('code', {}, command), copyButton(command, `the command of ${name}`)),
    h('h3', {}, 'Resolved configuration'),
    scrolling(`Configuration of ${name}`, h('pre', {}, h('code', {}, config))),
  ];
}
