import type { CustomSeriesRenderItem } from 'echarts/types/dist/shared';
import { formatDifference, formatNumber } from '../../format.js';
import type { DotsRow, DotsView } from '../../view/dots.js';
import type { Drawing, Option } from '../chart.js';
import { colourOf, symbolOf } from '../marks.js';
import type { Theme } from '../theme.js';
import { axis, tick, tooltip } from './axes.js';
import { tip } from './tip.js';

export interface DotsSettings {
  /** What the bigger marks are: a mean, with its interval as a line; or one value beside those of the dots, which has none. */
  readonly marks: 'interval' | 'value';
  readonly differences: boolean;
}

const ROW = 34;
const AROUND = 54;
/** Single values are below their row's line, so that the interval can be seen. */
const BELOW = 9;

/** A row for each thing to compare: single values as small dots, the mark that sums them up as a bigger one. */
export function dotsChart(view: DotsView, { marks, differences }: DotsSettings): Drawing {
  const { label, rows, reference } = view;
  const format = differences ? formatDifference : formatNumber;
  const inWords = rows.map(
    (row) => `${row.label} ${row.mark === null ? summary(row, format) : markText(row.mark, format)}`,
  );
  return {
    label: `${label}${differences ? ', difference to the baseline' : ''}: ${inWords.join('; ')}.`,
    height: () => rows.length * ROW + AROUND,
    option: (theme, width) => ({
      grid: { top: 8, right: 24, bottom: 46, left: Math.min(220, Math.round(width * 0.36)) },
      tooltip: {
        ...tooltip(theme),
        trigger: 'item',
        formatter: (point) => tipOf(rows[rowOf(point)], format),
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
        splitLine: { show: false },
        axisLabel: {
          color: theme.ink,
          fontSize: 13,
          interval: 0,
          width: Math.min(220, Math.round(width * 0.36)) - 14,
          overflow: 'truncate',
        },
      },
      series: [
        ...(reference === null ? [] : [referenceSeries(reference, theme)]),
        intervalSeries(rows, theme),
        dotSeries(rows, theme, marks === 'value'),
        markSeries(rows, theme, marks === 'value'),
      ] as NonNullable<Option['series']>,
    }),
  };
}

/** A line over all rows. */
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
  return { type: 'custom', renderItem, data: [[reference, 0]], encode: { x: 0, y: 1 }, silent: true, z: 1 };
}

function intervalSeries(rows: readonly DotsRow[], theme: Theme): object {
  const data = rows.flatMap(({ mark, style }, r) =>
    mark === null || mark.low === null || mark.high === null ? [] : [[r, mark.low, mark.high, style]],
  );
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

function dotSeries(rows: readonly DotsRow[], theme: Theme, onLine: boolean): object {
  return {
    type: 'scatter',
    symbolSize: onLine ? 9 : 7,
    symbol: 'circle',
    symbolOffset: onLine ? [0, 0] : [0, BELOW],
    z: 3,
    data: rows.flatMap(({ dots, style }, r) =>
      dots.map(({ value }) => ({
        value: [value, r],
        itemStyle: { color: theme.colours[colourOf(style)], opacity: 0.55 },
      })),
    ),
  };
}

function markSeries(rows: readonly DotsRow[], theme: Theme, diamond: boolean): object {
  return {
    type: 'scatter',
    symbolSize: diamond ? 17 : 13,
    z: 4,
    data: rows.flatMap(({ mark, style }, r) =>
      mark === null
        ? []
        : [
            {
              value: [mark.mean, r],
              symbol: diamond ? 'diamond' : symbolOf(style),
              itemStyle: { color: theme.colours[colourOf(style)], borderColor: theme.surface, borderWidth: 1.5 },
            },
          ],
    ),
  };
}

function rowOf(point: unknown): number {
  const { value, seriesType } = point as { value: readonly number[]; seriesType?: string };
  return (seriesType === 'custom' ? value[0] : value[1]) ?? 0;
}

function tipOf(row: DotsRow | undefined, format: (value: number) => string): HTMLElement | string {
  if (row === undefined) return '';
  const { label, style, mark, dots } = row;
  return tip(
    label,
    [
      ...(mark === null ? [] : [{ style, label: mark.label, value: markText(mark, format) }]),
      ...dots.slice(0, 16).map((dot) => ({ style: null, label: dot.label, value: format(dot.value) })),
    ],
    dots.length - 16,
  );
}

function markText({ mean, low, high }: NonNullable<DotsRow['mark']>, format: (value: number) => string): string {
  return low === null || high === null ? format(mean) : `${format(mean)} (${format(low)} to ${format(high)})`;
}

function summary({ dots }: DotsRow, format: (value: number) => string): string {
  return dots.map(({ value }) => format(value)).join(', ') || 'no number';
}
