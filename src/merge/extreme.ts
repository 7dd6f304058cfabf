/** Math.max or Math.min. Both pass NaN on, so that a member that has diverged is not hidden by the others. */
export type Pick = (a: number, b: number) => number;

/** out = the members' largest (or smallest) element at each place. */
export function pickEach(ys: readonly Float32Array[], pick: Pick, out: Float32Array, count: number): void {
  for (let e = 0; e < count; e++) out[e] = pickAt(ys, pick, e);
}

/** Adds `dout` to the member that was picked; where several are equal, to the first of them alone. */
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
