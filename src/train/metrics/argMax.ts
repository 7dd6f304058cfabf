/** Index of the largest of `width` numbers from `start`; the first of equals. */
export function argMax(values: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let j = 1; j < width; j++) if ((values[start + j] ?? 0) > (values[start + best] ?? 0)) best = j;
  return best;
}
