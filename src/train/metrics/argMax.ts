/** Index, from 0, of the largest of `width` numbers from `start` on. If several are equal, the first. */
export function argMax(values: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let j = 1; j < width; j++) if ((values[start + j] ?? 0) > (values[start + best] ?? 0)) best = j;
  return best;
}
