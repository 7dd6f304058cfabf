import type { CurvesView } from '../../view/curves.js';
import { Chart } from '../chart.js';
import { linesChart, type LinesSettings } from '../charts/lines.js';
import { choice, legend } from '../controls.js';
import { h } from '../dom.js';

/** A chart of learning curves and a choice of the metric. It has its own legend if its curves differ from those of the other panel. */
export class CurvesPanel {
  readonly element: HTMLElement;
  readonly chart: Chart;
  readonly #views: readonly CurvesView[];
  readonly #legend: HTMLElement | null;
  #shown: CurvesView;
  #settings: LinesSettings;
  /** Styles that are hidden with the panel's own legend. */
  #hidden: ReadonlySet<number> = new Set();

  constructor(views: readonly CurvesView[], initial: number, settings: LinesSettings, ownLegend: boolean) {
    this.#views = views;
    this.#settings = settings;
    this.#shown = views[initial] ?? { label: '', curves: [] };
    this.chart = new Chart(linesChart(this.#shown, settings));
    this.#legend = ownLegend ? h('div') : null;
    const choose = (index: number): void => {
      this.#shown = this.#views[index] ?? this.#shown;
      this.#relabel();
      this.draw(this.#settings);
    };
    const labels = views.map(({ label }) => label);
    const legends = this.#legend === null ? [] : [this.#legend];
    this.element = h(
      'div',
      { class: 'panel' },
      choice('Metric', labels, choose, initial),
      ...legends,
      this.chart.element,
    );
    this.#relabel();
  }

  draw(settings: LinesSettings): void {
    this.#settings = settings;
    this.chart.show(linesChart(this.#shown, this.#legend === null ? settings : { ...settings, hidden: this.#hidden }));
  }

  #relabel(): void {
    this.#hidden = new Set();
    this.#legend?.replaceChildren(
      legend(
        this.#shown.curves,
        (hidden) => {
          this.#hidden = hidden;
          this.draw(this.#settings);
        },
        (label) => {
          this.chart.highlight(label);
        },
      ),
    );
  }
}
