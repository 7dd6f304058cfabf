/** log Σ_j exp(z_j) over `width` logits from `start` on. The largest logit is subtracted first, so that the sum can't overflow. */
export function logSumExp(z: Float32Array, start: number, width: number): number {
  let largest = -Infinity;
  for (let j = 0; j < width; j++) largest = Math.max(largest, z[start + j] ?? 0);
  let sum = 0;
  for (let j = 0; j < width; j++) sum += Math.exp((z[start + j] ?? 0) - largest);
  return largest + Math.log(sum);
}
