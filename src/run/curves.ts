import * as echarts from 'echarts';
import type { History } from '../callbacks/history.js';

const WIDTH = 900;
const HEIGHT = 420;

/**
 * Draws learning curves as an SVG, with losses on the left and metrics on the right. Epochs start at 1. Lines of the training are solid;
 * lines of the validation are dashed and have the same colour.
 */
export function drawCurves(title: string, { epoch, history }: Pick<History, 'epoch' | 'history'>): string {
  const names = Object.keys(history).filter((name) => !name.startsWith('val_'));
  const losses = names.filter((name) => name.endsWith('loss'));
  const metrics = names.filter((name) => !name.endsWith('loss'));
  const panels = [losses, metrics].filter((panel) => panel.length > 0);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: {
      text: title,
      subtext: 'solid: training, dashed: validation',
      left: 'center',
      top: 6,
      textStyle: { fontSize: 15 },
    },
    legend: panels.map((panel, i) => ({ data: panel, bottom: 8, itemGap: 28, ...placeOf(i, panels.length) })),
    grid: panels.map((_panel, i) => ({ top: 84, bottom: 84, containLabel: true, ...placeOf(i, panels.length) })),
    xAxis: panels.map((_panel, i) => ({
      type: 'category',
      gridIndex: i,
      name: 'epoch',
      nameLocation: 'middle',
      nameGap: 28,
      data: epoch.map((number) => String(number + 1)),
    })),
    yAxis: panels.map((panel, i) => ({
      type: 'value',
      gridIndex: i,
      name: panel === losses ? 'loss' : 'metric',
      scale: panel !== losses,
    })),
    series: panels.flatMap((panel, i) => panel.flatMap((name, n) => series(name, n, i, history))),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Left edge and width of a panel. */
function placeOf(panel: number, panels: number): { left: string; width: string } {
  return { left: `${4 + (panel * 96) / panels}%`, width: `${96 / panels - 6}%` };
}

/** The training curve of a score, and its validation curve if it has one. */
function series(name: string, color: number, panel: number, history: History['history']): object[] {
  const palette = ['#4269d0', '#ff725c', '#3ca951', '#a463f2', '#9c6b4e', '#efb118'];
  const line = (data: readonly number[], dashed: boolean): object => ({
    type: 'line',
    name,
    xAxisIndex: panel,
    yAxisIndex: panel,
    data,
    symbolSize: 5,
    color: palette[color % palette.length],
    lineStyle: { type: dashed ? 'dashed' : 'solid', width: 2 },
  });
  const validation = history[`val_${name}`];
  return [line(history[name] ?? [], false), ...(validation === undefined ? [] : [line(validation, true)])];
}
