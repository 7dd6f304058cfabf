/** Math.max or Math.min. Both return NaN if an argument is NaN, so the output shows that a member has diverged. */
export type Pick = (a: number, b: number) => number;

/** Writes the largest (or smallest) of the members' elements at each position to `out`. */
export function pickEach(ys: readonly Float32Array[], pick: Pick, out: Float32Array, count: number): void {
  for (let e = 0; e < count; e++) out[e] = pickAt(ys, pick, e);
}

/** Adds `dout` to the gradient of the member that was picked. If several are equal, only to the first one. */
export function returnToPicked(
  ys: readonly Float32Array[],
  pick: Pick,
  dout: Float32Array,
  dys: readonly Float32Array[],
  count: number,
): void {
  for (let e = 0; e < count; e++) {
    const picked = pickAt(ys, pick, e);
    let first = 0;
    while (first < ys.length - 1 && ys[first]?.[e] !== picked) first++;
    const dy = dys[first];
    if (dy !== undefined) dy[e] = (dy[e] ?? 0) + (dout[e] ?? 0);
  }
}

function pickAt(ys: readonly Float32Array[], pick: Pick, e: number): number {
  let picked = ys[0]?.[e] ?? 0;
  for (let i = 1; i < ys.length; i++) picked = pick(picked, ys[i]?.[e] ?? 0);
  return picked;
}
