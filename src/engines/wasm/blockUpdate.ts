import type { Coefficients } from '../../train/optimizers/optimizer.js';
import type { ResolvedOptimizer } from '../../train/optimizers/resolved.js';
import { NOWHERE, type Address } from './address.js';
import type { Kernels } from './kernels.js';

/** Neighbouring weights: the addresses of the first one, of its gradient and of its slots. */
export interface WeightBlock {
  readonly count: number;
  readonly weights: Address;
  readonly gradients: Address;
  /** @param index among the slots that exist */
  readonly slot: (index: number) => Address;
}

/** Updates a block of weights in memory. */
export type BlockUpdate = (block: WeightBlock, coefficients: Coefficients) => void;

/**
 * The update of blocks by an optimizer's kernel, or by its formula in JavaScript where it has none.
 * @throws Error where the kernel is missing, or takes another number of arguments than the optimizer gives
 */
export function createBlockUpdate(
  optimizer: ResolvedOptimizer,
  kernels: Kernels,
  memory: WebAssembly.Memory,
): BlockUpdate {
  const { name, kernel, slotIndices, slotCount } = optimizer;
  if (kernel === null) {
    return ({ count, weights, gradients, slot }, coefficients) => {
      const view = (address: Address): Float32Array => new Float32Array(memory.buffer, address, count);
      const slots = Array.from({ length: slotCount }, (_, index) => view(slot(index)));
      optimizer.update(view(weights), view(gradients), slots, coefficients);
    };
  }
  const run = byName(kernels)[kernel];
  const taken = 3 + slotIndices.length + Object.keys(optimizer.coefficients(1, 0)).length;
  if (run?.length !== taken) {
    throw new Error(
      `Expected the kernel "${kernel}" of the optimizer "${name}" to take ${taken} arguments: count, weights, gradients, slots, coefficients. ` +
        `Received: ${run === undefined ? 'no such kernel' : `one of ${run.length}`}`,
    );
  }
  return ({ count, weights, gradients, slot }, coefficients) => {
    const slots = slotIndices.map((index) => (index === null ? NOWHERE : slot(index)));
    run(count, weights, gradients, ...slots, ...Object.values(coefficients));
  };
}

/** The kernels as far as only their names are known; the number of arguments is checked above. */
function byName(kernels: object): Readonly<Record<string, ((...values: number[]) => unknown) | undefined>> {
  return kernels as Readonly<Record<string, ((...values: number[]) => unknown) | undefined>>;
}
