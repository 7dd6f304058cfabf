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

/** The content of a chart. */
export interface Drawing {
  /** Description in words, for screen readers. */
  readonly label: string;
  /** Height in pixels, for a given width. */
  readonly height: (width: number) => number;
  readonly option: (theme: Theme, width: number) => Option;
}

/**
 * A chart in the page. It follows the available width and the colours of the page. It is drawn as SVG, because SVG is sharp at any zoom
 * and on paper.
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
    // Drawing changes the height, so it must not run inside the observer's callback.
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

  /** Highlights all elements with this name; null ends the highlight. */
  highlight(seriesName: string | null): void {
    this.#chart?.dispatchAction({ type: 'downplay' });
    if (seriesName !== null) this.#chart?.dispatchAction({ type: 'highlight', seriesName });
  }

  #draw(): void {
    if (this.#width === 0) return; // the chart is not in the page yet
    const { label, height, option } = this.#drawing;
    const size = { width: this.#width, height: Math.round(height(this.#width)) };
    this.element.setAttribute('aria-label', label);
    this.element.style.height = `${size.height}px`;
    if (this.#chart === null) this.#chart = init(this.element, null, { renderer: 'svg', ...size });
    else this.#chart.resize(size);
    const theme = currentTheme();
    this.#chart.setOption({ ...common(theme), ...option(theme, this.#width) }, { notMerge: true });
    this.#chart.getZr().flush(); // draws now, because printing does not wait for the next frame
    // style.css scales the picture for printing; the viewBox keeps its proportions.
    this.element.querySelector('svg')?.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
  }
}

function common({ font, ink }: Theme): Option {
  return { animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: font, color: ink } };
}
