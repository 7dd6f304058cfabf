import { formatDuration, formatNumber } from '../../format.js';
import type { TimePoint, TimeView } from '../../view/time.js';
import type { Drawing, Option } from '../chart.js';
import { colourOf, symbolOf } from '../marks.js';
import type { Theme } from '../theme.js';
import { axis, tick, tooltip } from './axes.js';
import { tip } from './tip.js';

const UNITS = [
  { name: 'hours', ms: 3_600_000 },
  { name: 'minutes', ms: 60_000 },
  { name: 'seconds', ms: 1000 },
] as const;

/** A chart of wall time against a metric. Small dots are runs; marks with names are the means of the variants. */
export function scatterChart({ label, points }: TimeView): Drawing {
  const longest = Math.max(...points.map(({ ms }) => ms));
  const unit = UNITS.find(({ ms }) => longest >= 2 * ms) ?? UNITS[2];
  const inWords = points.map((point) => `${point.label} ${formatDuration(point.ms)}, ${formatNumber(point.value)}`);
  return {
    label: `Wall time of a run against ${label}: ${inWords.join('; ')}.`,
    height: (width) => (width < 500 ? 340 : 420),
    option: (theme) => ({
      grid: { top: 20, right: 40, bottom: 52, left: 60 },
      tooltip: { ...tooltip(theme), trigger: 'item', formatter: (point) => tipOf(points, point) },
      xAxis: {
        ...axis(theme),
        type: 'value',
        scale: true,
        name: `wall time of a run, ${unit.name}`,
        nameLocation: 'middle',
        nameGap: 30,
        axisLabel: { ...axis(theme).axisLabel, formatter: tick },
      },
      yAxis: { ...axis(theme), type: 'value', scale: true, axisLabel: { ...axis(theme).axisLabel, formatter: tick } },
      series: [runsSeries(points, unit.ms, theme), meansSeries(points, unit.ms, theme)] as NonNullable<
        Option['series']
      >,
    }),
  };
}

function runsSeries(points: readonly TimePoint[], unit: number, theme: Theme): object {
  return {
    type: 'scatter',
    symbol: 'circle',
    symbolSize: 6,
    data: points.flatMap(({ runs, style }, p) =>
      runs.map(({ ms, value }) => ({
        value: [ms / unit, value, p],
        itemStyle: { color: theme.colours[colourOf(style)], opacity: 0.5 },
      })),
    ),
  };
}

function meansSeries(points: readonly TimePoint[], unit: number, theme: Theme): object {
  const times = points.map(({ ms }) => ms);
  const middle = (Math.min(...times) + Math.max(...times)) / 2;
  return {
    type: 'scatter',
    symbolSize: 14,
    label: {
      show: true,
      distance: 7,
      color: theme.ink,
      fontSize: 12,
      width: 130,
      overflow: 'truncate',
      textBorderColor: theme.surface,
      textBorderWidth: 3,
      formatter: ({ dataIndex }: { dataIndex: number }) => points[dataIndex]?.label ?? '',
    },
    labelLayout: { moveOverlap: 'shiftY', hideOverlap: true },
    z: 3,
    data: points.map(({ ms, value, style }, p) => ({
      value: [ms / unit, value, p],
      symbol: symbolOf(style),
      label: { position: ms > middle ? 'left' : 'right' }, // keeps the names inside the chart
      itemStyle: { color: theme.colours[colourOf(style)], borderColor: theme.surface, borderWidth: 1.5 },
    })),
  };
}

function tipOf(points: readonly TimePoint[], item: unknown): HTMLElement | string {
  const [, , p = 0] = (item as { value: readonly number[] }).value;
  const point = points[p];
  if (point === undefined) return '';
  const { label, style, ms, value, runs } = point;
  return tip(label, [
    { style, label: 'mean', value: `${formatNumber(value)} in ${formatDuration(ms)}` },
    ...runs.map((run) => ({
      style: null,
      label: `seed ${run.seed}`,
      value: `${formatNumber(run.value)} in ${formatDuration(run.ms)}`,
    })),
  ]);
}
