import type { CustomSeriesRenderItem } from 'echarts';
import { formatShare } from '../../format.js';
import { counted } from '../../../text/phrases.js';
import type { ConfusionOutput } from '../../view/confusion.js';
import type { Drawing, Option } from '../chart.js';
import type { Theme } from '../theme.js';
import { axis, tooltip } from './axes.js';
import { tip } from './tip.js';

const MARGIN = { top: 40, right: 58, bottom: 8, left: 44 };
/** Maximum width and height of a cell, in pixels. */
const CELL = 46;
/** Cells show their counts from this size, in pixels. */
const LEGIBLE = 22;

/**
 * A confusion matrix. The diagonal is grey, because the correct predictions would use the whole colour scale. The colour of a mistake is the
 * square root of its share of the true class, so that rare mistakes are visible next to frequent ones.
 */
export function matrixChart({ label, counts, recognised, mistakes }: ConfusionOutput): Drawing {
  const classes = counts.length;
  const inWords = mistakes.map(
    ({ actual, predicted, count }) => `${count} of class ${actual} predicted as ${predicted}`,
  );
  const cell = (width: number): number => Math.min(CELL, (width - MARGIN.left - MARGIN.right) / classes);
  return {
    label: `Confusion matrix of ${label}, ${classes} classes. Most frequent mistakes: ${inWords.join('; ') || 'none'}.`,
    height: (width) => Math.min(cell(width), CELL) * classes + MARGIN.top + MARGIN.bottom,
    option: (theme, width) => {
      const size = cell(width);
      const names = counts.map((_row, c) => String(c));
      const side = {
        ...axis(theme),
        type: 'category' as const,
        splitLine: { show: false },
        nameLocation: 'middle' as const,
      };
      return {
        grid: { ...MARGIN, right: 'auto', bottom: 'auto', width: size * classes, height: size * classes },
        tooltip: { ...tooltip(theme), trigger: 'item', formatter: (item) => tipOf(counts, item) },
        xAxis: { ...side, position: 'top', data: names, name: 'predicted class', nameGap: 22 },
        yAxis: [
          { ...side, inverse: true, data: names, name: 'true class', nameGap: 28 },
          {
            ...side,
            inverse: true,
            position: 'right',
            data: recognised.map((share) => (share === null ? '–' : formatShare(share))),
            axisLabel: { ...side.axisLabel, interval: size < 12 ? 'auto' : 0, fontSize: 11 },
          },
        ],
        series: [cellSeries(counts, size, theme)] as NonNullable<Option['series']>,
      };
    },
  };
}

function cellSeries(counts: ConfusionOutput['counts'], size: number, theme: Theme): object {
  const shares = counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (count === 0 ? 0 : count / total));
  });
  const greatest = Math.max(...shares.flatMap((row, r) => row.filter((_share, c) => c !== r)), Number.MIN_VALUE);
  const renderItem: CustomSeriesRenderItem = (_params, api) => {
    const [column, row, count] = [Number(api.value(0)), Number(api.value(1)), Number(api.value(2))];
    const [x = 0, y = 0] = api.coord([column, row]);
    const onDiagonal = row === column;
    const depth = onDiagonal ? 1 : Math.sqrt((shares[row]?.[column] ?? 0) / greatest);
    const gap = size > 12 ? 1 : 0;
    return {
      type: 'rect',
      shape: {
        x: x - size / 2 + gap,
        y: y - size / 2 + gap,
        width: size - 2 * gap,
        height: size - 2 * gap,
        r: gap * 2,
      },
      style: { fill: onDiagonal ? theme.diagonal : theme.error, opacity: depth },
      textConfig: { position: 'inside' },
      textContent: {
        type: 'text',
        ignore: size < LEGIBLE || count === 0,
        style: {
          text: String(count),
          fill: !onDiagonal && depth > 0.6 ? '#15181c' : theme.ink,
          fontFamily: theme.font,
          fontSize: Math.min(13, Math.floor(size / 2.6)),
        },
      },
    };
  };
  return {
    type: 'custom',
    renderItem,
    data: counts.flatMap((row, r) => row.map((count, c) => [c, r, count])),
    encode: { x: 0, y: 1 },
  };
}

function tipOf(counts: ConfusionOutput['counts'], item: unknown): HTMLElement {
  const [predicted = 0, actual = 0, count = 0] = (item as { value: readonly number[] }).value;
  const total = (counts[actual] ?? []).reduce((sum, other) => sum + other, 0);
  const title = predicted === actual ? `Class ${actual}, recognised` : `Class ${actual}, predicted as ${predicted}`;
  return tip(title, [
    {
      style: null,
      label: counted(count, 'sample'),
      value: total === 0 ? '' : `${formatShare(count / total)} of ${total}`,
    },
  ]);
}
