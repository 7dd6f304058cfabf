import type { Interval } from '../data.js';
import { isFiniteNumber } from './metrics.js';

/** A chart of rows, by one metric: in each, single values as dots, and what they come to as a bigger mark. */
export interface DotsView {
  readonly label: string;
  readonly rows: readonly DotsRow[];
  /** Where a line is drawn to compare with. */
  readonly reference: number | null;
}

export interface DotsRow {
  readonly label: string;
  readonly style: number;
  readonly dots: readonly Dot[];
  readonly mark: (Interval & { readonly label: string }) | null;
}

/** A pair, not an object: a page may carry thousands. */
export type Dot = readonly [label: string, value: number];

/** The dots that have a value. */
export function dotsOf(values: readonly (readonly [label: string, value: number | null | undefined])[]): Dot[] {
  return values.flatMap(([label, value]) => (isFiniteNumber(value) ? [[label, value] as const] : []));
}

/** Views in which there is something to see. */
export function worthDrawing(views: readonly DotsView[]): DotsView[] {
  return views.filter(({ rows }) => rows.some(({ dots }) => dots.length > 0));
}
