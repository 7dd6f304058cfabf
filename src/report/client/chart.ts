import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ComposeOption, type ECharts } from 'echarts/core';
import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import { h } from './dom.js';
import { currentTheme, onThemeChange, type Theme } from './theme.js';

use([CustomChart, LineChart, ScatterChart, GridComponent, TooltipComponent, LabelLayout, SVGRenderer]);

export type Option = ComposeOption<
  CustomSeriesOption | LineSeriesOption | ScatterSeriesOption | GridComponentOption | TooltipComponentOption
>;

/** What a chart shows. */
export interface Drawing {
  /** In words, for those who don't see it. */
  readonly label: string;
  /** Pixels, of the width that there is. */
  readonly height: (width: number) => number;
  readonly option: (theme: Theme, width: number) => Option;
}

/**
 * A chart in the page, which follows the width it is given and the page's colours. It is drawn as SVG, which is sharp at any zoom and
 * on paper.
 */
export class Chart {
  readonly element = h('div', { class: 'chart', role: 'img' });
  #drawing: Drawing;
  #chart: ECharts | null = null;
  #width = 0;

  constructor(drawing: Drawing) {
    this.#drawing = drawing;
    onThemeChange(() => {
      this.#draw();
    });
    // Drawing changes the height, so it waits until the observer has told all.
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width === this.#width || width === 0) return;
      this.#width = width;
      requestAnimationFrame(() => {
        this.#draw();
      });
    }).observe(this.element);
  }

  show(drawing: Drawing): void {
    this.#drawing = drawing;
    this.#draw();
  }

  /** Brings forward all that is drawn under this name; null: everything alike again. */
  highlight(seriesName: string | null): void {
    this.#chart?.dispatchAction({ type: 'downplay' });
    if (seriesName !== null) this.#chart?.dispatchAction({ type: 'highlight', seriesName });
  }

  #draw(): void {
    if (this.#width === 0) return; // not in the page yet
    const { label, height, option } = this.#drawing;
    const size = { width: this.#width, height: Math.round(height(this.#width)) };
    this.element.setAttribute('aria-label', label);
    this.element.style.height = `${size.height}px`;
    if (this.#chart === null) this.#chart = init(this.element, null, { renderer: 'svg', ...size });
    else this.#chart.resize(size);
    const theme = currentTheme();
    this.#chart.setOption({ ...common(theme), ...option(theme, this.#width) }, { notMerge: true });
    this.#chart.getZr().flush(); // not with the next frame: printing does not wait for it
    // On paper style.css scales the picture, which keeps its own measure.
    this.element.querySelector('svg')?.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
  }
}

function common({ font, ink }: Theme): Option {
  return { animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: font, color: ink } };
}
