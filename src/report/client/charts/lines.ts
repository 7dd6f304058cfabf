import type { CustomSeriesRenderItem, LineSeriesOption } from 'echarts';
import { formatNumber } from '../../format.js';
import type { Band, Curve, CurvesView } from '../../view/curves.js';
import type { Drawing, Option } from '../chart.js';
import { colourOf, symbolOf } from '../marks.js';
import type { Theme } from '../theme.js';
import { axis, tick, tooltip } from './axes.js';
import { tip } from './tip.js';

export interface LinesSettings {
  readonly passes: 'training' | 'validation' | 'both';
  readonly bands: boolean;
  /** Styles of hidden curves. */
  readonly hidden: ReadonlySet<number>;
}

interface Line {
  readonly curve: Curve;
  readonly band: Band;
  readonly dashed: boolean;
}

const HEIGHT = 320;
const TIP_ROWS = 12;
/** If a chart has more lines than this, they are drawn thinner. */
const MANY = 8;

/** Learning curves: the line is the mean over the seeds, and the band is the range from minimum to maximum. */
export function linesChart({ label, curves }: CurvesView, settings: LinesSettings): Drawing {
  const lines = curves.filter(({ style }) => !settings.hidden.has(style)).flatMap((curve) => linesOf(curve, settings));
  const epochs = Math.max(0, ...lines.map(({ band }) => band.mean.length));
  return {
    label: `Learning curves of ${label} over ${epochs} epochs. At the end: ${lines.map(ending).join('; ')}.`,
    height: () => HEIGHT,
    option: (theme, width) => ({
      grid: { top: 16, right: 18, bottom: 44, left: 56 },
      tooltip: { ...tooltip(theme), trigger: 'axis', formatter: (points) => tipAt(lines, points) },
      xAxis: {
        ...axis(theme),
        splitLine: { show: false },
        type: 'category',
        boundaryGap: epochs === 1,
        name: 'epoch',
        nameLocation: 'middle',
        nameGap: 26,
        data: Array.from({ length: epochs }, (_, e) => String(e + 1)),
        axisLabel: { ...axis(theme).axisLabel, interval: named(epochs, width) },
      },
      yAxis: { ...axis(theme), type: 'value', scale: true, axisLabel: { ...axis(theme).axisLabel, formatter: tick } },
      series: [
        ...(settings.bands ? lines.flatMap((line) => bandSeries(line, theme, lines.length)) : []),
        ...lines.map((line) => lineSeries(line, theme, lines.length)),
      ] as NonNullable<Option['series']>,
    }),
  };
}

/** Epochs with a label on the axis: the first one and round numbers. The distance depends on the width of the labels. */
function named(epochs: number, width: number): (index: number) => boolean {
  const room = (epochs * 40) / width;
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((candidate) => candidate >= room) ?? 1000;
  return (index) => index === 0 || (index + 1) % step === 0;
}

function linesOf(curve: Curve, { passes }: LinesSettings): Line[] {
  const line = (band: Band | null, dashed: boolean): Line[] => (band === null ? [] : [{ curve, band, dashed }]);
  return [
    ...(passes === 'validation' ? [] : line(curve.training, false)),
    ...(passes === 'training' ? [] : line(curve.validation, passes === 'both')),
  ];
}

function lineSeries({ curve: { label, style }, band, dashed }: Line, theme: Theme, count: number): LineSeriesOption {
  const color = theme.colours[colourOf(style)] ?? theme.ink;
  // Marks distinguish similar colours. On long curves, a few marks are enough.
  const every = Math.ceil(band.mean.length / 12);
  const [size, width] = count > MANY ? [5, 1.5] : [7, 2];
  return {
    type: 'line',
    name: label,
    data: [...band.mean],
    symbol: symbolOf(style),
    symbolSize: (_value: unknown, { dataIndex }: { dataIndex: number }) =>
      dataIndex % every === 0 || dataIndex === band.mean.length - 1 ? size : 0,
    showAllSymbol: true,
    itemStyle: { color },
    lineStyle: { color, width, type: dashed ? [5, 4] : 'solid' },
    emphasis: { focus: 'series', lineStyle: { width: 3 } },
    blur: { lineStyle: { opacity: 0.2 }, itemStyle: { opacity: 0.2 } },
    z: 3,
  };
}

/** A band is one polygon, drawn with the datum of its first epoch. Each epoch is a datum, so that the axis covers all epochs. */
function bandSeries({ curve: { label, style }, band }: Line, theme: Theme, count: number): object[] {
  const { range } = band;
  if (range === undefined) return [];
  const points = range.flatMap((bounds, e) => (bounds === null ? [] : [[e, ...bounds] as const]));
  const renderItem: CustomSeriesRenderItem = ({ dataIndex }, api) => {
    if (dataIndex !== 0) return null;
    const top = points.map(([e, , high]) => api.coord([e, high]));
    const bottom = points.map(([e, low]) => api.coord([e, low])).reverse();
    return {
      type: 'polygon',
      shape: { points: [...top, ...bottom] },
      style: { fill: theme.colours[colourOf(style)] ?? theme.ink, opacity: count > MANY ? 0.08 : 0.16 },
      blur: { style: { opacity: 0.03 } },
    };
  };
  return [
    {
      type: 'custom',
      name: label,
      renderItem,
      data: points,
      encode: { x: 0, y: [1, 2] },
      clip: true,
      silent: true,
      tooltip: { show: false },
      z: 1,
    },
  ];
}

function tipAt(lines: readonly Line[], points: unknown): HTMLElement {
  const [{ dataIndex } = { dataIndex: 0 }] = points as { dataIndex: number }[];
  const rows = lines
    .flatMap(({ curve, band, dashed }) => {
      const mean = band.mean[dataIndex] ?? null;
      if (mean === null) return [];
      const range = band.range?.[dataIndex];
      const value = range ? `${formatNumber(mean)} (${range.map(formatNumber).join('–')})` : formatNumber(mean);
      return [{ mean, style: curve.style, label: dashed ? `${curve.label}, validation` : curve.label, value }];
    })
    .sort((a, b) => b.mean - a.mean);
  return tip(`Epoch ${dataIndex + 1}`, rows.slice(0, TIP_ROWS), rows.length - TIP_ROWS);
}

function ending({ curve, band, dashed }: Line): string {
  const last = band.mean.at(-1) ?? null;
  return `${curve.label}${dashed ? ' (validation)' : ''} ${last === null ? 'no number' : formatNumber(last)}`;
}
