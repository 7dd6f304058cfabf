import type { Interval } from '../data.js';
import { isFiniteNumber } from './metrics.js';

/** A chart with rows, for one metric. A row has small dots for single values, and a larger mark that summarizes them. */
export interface DotsView {
  readonly label: string;
  readonly rows: readonly DotsRow[];
  /** Position of the reference line; null for none. */
  readonly reference: number | null;
}

export interface DotsRow {
  readonly label: string;
  readonly style: number;
  readonly dots: readonly Dot[];
  readonly mark: (Interval & { readonly label: string }) | null;
}

/** A pair rather than an object, to save space: a page may have thousands. */
export type Dot = readonly [label: string, value: number];

/** Dots for the values that are finite. */
export function dotsOf(values: readonly (readonly [label: string, value: number | null | undefined])[]): Dot[] {
  return values.flatMap(([label, value]) => (isFiniteNumber(value) ? [[label, value] as const] : []));
}

/** The views that have at least one dot. */
export function worthDrawing(views: readonly DotsView[]): DotsView[] {
  return views.filter(({ rows }) => rows.some(({ dots }) => dots.length > 0));
}
