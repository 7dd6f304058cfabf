import type { Theme } from '../theme.js';

/** Common settings of the axes and tooltips of all charts. */

export function axis(theme: Theme) {
  return {
    axisLine: { show: false, lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: { color: theme.muted, fontSize: 12, hideOverlap: true },
    splitLine: { show: true, lineStyle: { color: theme.line } },
    nameTextStyle: { color: theme.muted, fontSize: 12 },
  };
}

export function tooltip(theme: Theme) {
  return {
    confine: true,
    backgroundColor: theme.surface,
    borderColor: theme.line,
    borderWidth: 1,
    padding: [8, 10],
    textStyle: { color: theme.ink, fontSize: 13, fontFamily: theme.font },
    extraCssText: 'max-width: 360px; white-space: normal;',
  };
}

/** Formats the numbers of an axis with as few digits as distinguish its ticks. */
export function tick(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', '−');
}
