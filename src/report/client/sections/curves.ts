import type { CurvesView } from '../../view/curves.js';
import type { View } from '../../view/view.js';
import { familyOf } from '../../view/metrics.js';
import type { LinesSettings } from '../charts/lines.js';
import { checkbox, choice, legend } from '../controls.js';
import { h } from '../dom.js';
import { note, section } from '../section.js';
import { CurvesPanel } from './curvesPanel.js';

const PASSES = ['validation', 'training', 'both'] as const;
/** If a chart has more curves than this, their bands cover each other and are not shown. */
const BANDED = 8;

/** The section with the learning curves. Two panels show a metric and its loss next to each other. */
export function curves({ curves: views, variants }: View): HTMLElement | null {
  const [first] = views;
  if (first === undefined) return null;
  const all = views.flatMap((view) => view.curves);
  const validated = all.some(({ validation }) => validation !== null);
  const ranged = all.some(({ training, validation }) => (training ?? validation)?.range !== undefined);
  const single = variants.length === 1;

  let settings: LinesSettings = {
    passes: !validated ? 'training' : single ? 'both' : 'validation',
    bands: ranged && first.curves.length <= BANDED,
    hidden: new Set(),
  };
  const panels = panelsOf(views, settings, single);
  const change = (changed: Partial<LinesSettings>): void => {
    settings = { ...settings, ...changed };
    panels.forEach((panel) => {
      panel.draw(settings);
    });
  };
  const choosePasses = (): HTMLElement => {
    const offered = PASSES.map((pass) => (pass === 'both' ? 'training (solid) and validation (dashed)' : pass));
    const choose = (index: number): void => {
      change({ passes: PASSES[index] ?? 'both' });
    };
    return choice('Show', offered, choose, PASSES.indexOf(settings.passes));
  };
  const chooseBands = (): HTMLElement =>
    checkbox('bands from the minimum to the maximum of the seeds', settings.bands, (bands) => {
      change({ bands });
    });
  const sharedLegend = (): HTMLElement =>
    legend(
      // Variants may have different outputs, so no single view has all variants.
      [...new Map(all.map((curve) => [curve.style, curve])).values()].sort((a, b) => a.style - b.style),
      (hidden) => {
        change({ hidden });
      },
      (label) => {
        panels.forEach((panel) => {
          panel.chart.highlight(label);
        });
      },
    );
  return section(
    'curves',
    'Learning curves',
    h('div', { class: 'controls' }, ...(validated ? [choosePasses()] : []), ...(ranged ? [chooseBands()] : [])),
    ...(single ? [] : [sharedLegend()]),
    h('div', { class: 'panels' }, ...panels.map(({ element }) => element)),
    ...(ranged ? [note('Lines are means over the seeds.')] : []),
  );
}

/** A panel for the most important metric, and one for a metric of another kind: for example an accuracy and its loss. */
function panelsOf(views: readonly CurvesView[], settings: LinesSettings, legends: boolean): CurvesPanel[] {
  const [first] = views;
  if (first === undefined) return [];
  const second = views.findIndex(({ label }) => familyOf(label) !== familyOf(first.label));
  return [0, second].filter((n) => n !== -1).map((n) => new CurvesPanel(views, n, settings, legends));
}
