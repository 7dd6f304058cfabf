/**
 * out = Σ_i w_i · y_i / divisor, computed in double precision and in the order of the members.
 * @param weights null if all are 1
 * @param count number of elements to compute, from the first
 */
export function combine(
  ys: readonly Float32Array[],
  weights: readonly number[] | null,
  divisor: number,
  out: Float32Array,
  count: number,
): void {
  for (let e = 0; e < count; e++) {
    let total = 0;
    for (let i = 0; i < ys.length; i++) total += (weights?.[i] ?? 1) * (ys[i]?.[e] ?? 0);
    out[e] = total / divisor;
  }
}

/** The transpose of {@link combine}: dys_i += w_i / divisor · dout. */
export function distribute(
  dout: Float32Array,
  weights: readonly number[] | null,
  divisor: number,
  dys: readonly Float32Array[],
  count: number,
): void {
  for (let i = 0; i < dys.length; i++) {
    const dy = dys[i];
    if (dy === undefined) continue;
    const factor = (weights?.[i] ?? 1) / divisor;
    for (let e = 0; e < count; e++) dy[e] = (dy[e] ?? 0) + factor * (dout[e] ?? 0);
  }
}
