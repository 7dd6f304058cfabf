/**
 * Keras keeps probabilities away from 0 and 1 by `backend.epsilon()`, in float32: 1 − 1e-7 becomes 1 − 2⁻²³ there, so that a loss
 * saturates at −log(2⁻²³) = 15.942 above and at −log(1e-7) = 16.118 below.
 */
const LOWEST = Math.fround(1e-7);
const HIGHEST = Math.fround(1 - 1e-7);

/** As `tf.clip_by_value`. NaN stays NaN, so that a member that has diverged is noticed. */
export function clip(probability: number): number {
  return probability < LOWEST ? LOWEST : probability > HIGHEST ? HIGHEST : probability;
}

/** ∂clip(p)/∂p: 1 within the bounds and on them, 0 outside. */
export function clipSlope(probability: number): number {
  return probability < LOWEST || probability > HIGHEST ? 0 : 1;
}
