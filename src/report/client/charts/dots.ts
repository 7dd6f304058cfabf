import type { CustomSeriesRenderItem } from 'echarts';
import { formatDifference, formatNumber } from '../../format.js';
import type { DotsRow, DotsView } from '../../view/dots.js';
import type { Drawing, Option } from '../chart.js';
import { colourOf, symbolOf } from '../marks.js';
import type { Theme } from '../theme.js';
import { axis, tick, tooltip } from './axes.js';
import { tip } from './tip.js';

export interface DotsSettings {
  /** The meaning of the larger marks: the mean of the dots, or the output of the ensemble whose members are the dots. */
  readonly marks: 'mean' | 'output';
  readonly differences: boolean;
}

const ROW = 34;
const AROUND = 40;
/** Offset of the dots of a mean, in pixels. They are drawn below the mean, so that they do not cover its interval. */
const BELOW = 9;
/** Maximum width of the names of rows, in pixels and as a share of the chart, and the approximate width of a letter in pixels. */
const NAMES = { pixels: 240, share: 0.36, letter: 7.6 };

/** A chart with a row for each thing to compare. Single values are small dots; the mark that summarizes them is larger. */
export function dotsChart(view: DotsView, { marks, differences }: DotsSettings): Drawing {
  const { label, rows, reference } = view;
  const format = differences ? formatDifference : formatNumber;
  const inWords = rows.map(
    (row) => `${row.label} ${row.mark === null ? dotsText(row, format) : markText(row.mark, format)}`,
  );
  return {
    label: `${label}${differences ? ', difference to the baseline' : ''}: ${inWords.join('; ')}.`,
    height: () => rows.length * ROW + AROUND,
    option: (theme, width) => ({
      grid: { top: 8, right: 24, bottom: 32, left: namesWidth(rows, width) + 12 },
      tooltip: {
        ...tooltip(theme),
        trigger: 'axis',
        axisPointer: { type: 'shadow', axis: 'y', shadowStyle: { color: theme.line, opacity: 0.4 } },
        formatter: (points) => tipOf(rows[rowOf(points)], format),
      },
      xAxis: {
        ...axis(theme),
        type: 'value',
        scale: true,
        splitNumber: width < 500 ? 3 : 6,
        axisLabel: { ...axis(theme).axisLabel, formatter: tick },
      },
      yAxis: {
        ...axis(theme),
        type: 'category',
        inverse: true,
        data: rows.map((row) => row.label),
        axisLabel: {
          color: theme.ink,
          fontSize: 13,
          interval: 0,
          width: namesWidth(rows, width),
          overflow: 'truncate',
        },
      },
      series: [
        ...(reference === null ? [] : [referenceSeries(reference, theme)]),
        intervalSeries(rows, theme),
        dotSeries(rows, theme, marks),
        markSeries(rows, theme, marks),
      ] as NonNullable<Option['series']>,
    }),
  };
}

function namesWidth(rows: readonly DotsRow[], width: number): number {
  const longest = Math.max(...rows.map(({ label }) => label.length));
  return Math.round(Math.min(NAMES.pixels, width * NAMES.share, longest * NAMES.letter + 8));
}

/** A vertical line through all rows. */
function referenceSeries(reference: number, theme: Theme): object {
  const renderItem: CustomSeriesRenderItem = ({ coordSys }, api) => {
    const [x = 0] = api.coord([reference, 0]);
    const { y, height } = coordSys as unknown as { y: number; height: number };
    return {
      type: 'line',
      shape: { x1: x, x2: x, y1: y, y2: y + height },
      style: { stroke: theme.muted, lineWidth: 1.5, lineDash: [4, 4] },
    };
  };
  return {
    type: 'custom',
    renderItem,
    data: [[reference, 0]],
    encode: { x: 0, y: 1 },
    silent: true,
    tooltip: { show: false },
    z: 1,
  };
}

function intervalSeries(rows: readonly DotsRow[], theme: Theme): object {
  const data = rows.flatMap(({ mark, style }, r) => {
    const { low, high } = mark ?? { low: null, high: null };
    return low === null || high === null ? [] : [[r, low, high, style]];
  });
  const renderItem: CustomSeriesRenderItem = (_params, api) => {
    const row = api.value(0);
    const [left = 0, y = 0] = api.coord([api.value(1), row]);
    const [right = 0] = api.coord([api.value(2), row]);
    const stroke = theme.colours[colourOf(Number(api.value(3)))] ?? theme.ink;
    const line = (x1: number, x2: number, y1: number, y2: number, lineWidth: number) => ({
      type: 'line' as const,
      shape: { x1, x2, y1, y2 },
      style: { stroke, lineWidth },
    });
    return {
      type: 'group',
      children: [line(left, right, y, y, 2.5), line(left, left, y - 5, y + 5, 2), line(right, right, y - 5, y + 5, 2)],
    };
  };
  return { type: 'custom', renderItem, data, encode: { x: [1, 2], y: 0 }, z: 2 };
}

/** With a single value, only the mean is drawn. */
function dotSeries(rows: readonly DotsRow[], theme: Theme, marks: DotsSettings['marks']): object {
  const [symbolSize, below, opacity] = marks === 'mean' ? [7, BELOW, 0.55] : [9, 0, 0.75];
  return {
    type: 'scatter',
    symbolSize,
    symbol: 'circle',
    symbolOffset: [0, below],
    z: 3,
    data: rows.flatMap(({ dots, style }, r) =>
      (marks === 'mean' && dots.length === 1 ? [] : dots).map(([, value]) => ({
        value: [value, r],
        itemStyle: { color: theme.colours[colourOf(style)], opacity },
      })),
    ),
  };
}

function markSeries(rows: readonly DotsRow[], theme: Theme, marks: DotsSettings['marks']): object {
  return {
    type: 'scatter',
    symbolSize: marks === 'mean' ? 13 : 17,
    z: 4,
    data: rows.flatMap(({ mark, style }, r) =>
      mark === null
        ? []
        : [
            {
              value: [mark.mean, r],
              symbol: marks === 'mean' ? symbolOf(style) : 'diamond',
              itemStyle: { color: theme.colours[colourOf(style)], borderColor: theme.surface, borderWidth: 1.5 },
            },
          ],
    ),
  };
}

/** The tooltip of a row. It appears on its dots and on its mark. */
function rowOf(points: unknown): number {
  const inRow = (points as { value: readonly number[]; seriesType?: string }[]).find(
    ({ seriesType }) => seriesType === 'scatter',
  );
  return inRow?.value[1] ?? -1;
}

function tipOf(row: DotsRow | undefined, format: (value: number) => string): HTMLElement | string {
  if (row === undefined) return '';
  const { style, mark, dots } = row;
  return tip(
    row.label,
    [
      ...(mark === null ? [] : [{ style, label: mark.label, value: markText(mark, format) }]),
      ...dots.slice(0, 16).map(([label, value]) => ({ style: null, label, value: format(value) })),
    ],
    dots.length - 16,
  );
}

function markText({ mean, low, high }: NonNullable<DotsRow['mark']>, format: (value: number) => string): string {
  return low === null || high === null ? format(mean) : `${format(mean)} (${format(low)} to ${format(high)})`;
}

function dotsText({ dots }: DotsRow, format: (value: number) => string): string {
  return dots.map(([, value]) => format(value)).join(', ') || 'no number';
}
