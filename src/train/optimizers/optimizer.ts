/**
 * An optimizer as arithmetic on arrays: state in, state out. `slots` are its own arrays, each as long as the weight and
 * zero at first. Numbers are kept in float32 and computed in double precision.
 */
export interface Optimizer {
  /** How many slots a weight needs. */
  readonly slots: number;

  /**
   * One update of `weights` in place.
   * @param iteration number of this update, from 1
   */
  update(weights: Float32Array, gradients: Float32Array, slots: readonly Float32Array[], iteration: number): void;
}

/** The slot at `index`, which the optimizer's own `slots` promises. */
export function slotAt(slots: readonly Float32Array[], index: number): Float32Array {
  const slot = slots[index];
  if (slot === undefined) throw new RangeError(`Expected at least ${index + 1} optimizer slots, got ${slots.length}`);
  return slot;
}
