/**
 * Bounds of probabilities. Keras clips by `backend.epsilon()` = 1e-7 in float32, where 1 − 1e-7 becomes 1 − 2⁻²³. So −log(1 − p) is at
 * most −log(2⁻²³) = 15.942, and −log p is at most −log(1e-7) = 16.118.
 */
const LOWEST = Math.fround(1e-7);
const HIGHEST = Math.fround(1 - 1e-7);

/** Like `tf.clip_by_value`. NaN stays NaN, so that the loss shows that a member has diverged. */
export function clip(probability: number): number {
  return probability < LOWEST ? LOWEST : probability > HIGHEST ? HIGHEST : probability;
}

/** ∂clip(p)/∂p: 1 within the bounds and on them, 0 outside. */
export function clipSlope(probability: number): number {
  return probability < LOWEST || probability > HIGHEST ? 0 : 1;
}
