import type { Coefficients } from '../../train/optimizers/optimizer.js';
import type { ResolvedOptimizer } from '../../train/optimizers/resolved.js';
import type { Kernels } from './kernels.js';

/** Weights that lie one after the other, by the addresses of the first one's numbers. */
export interface WeightBlock {
  readonly count: number;
  readonly weights: number;
  readonly gradients: number;
  /** @param index among the slots that exist */
  readonly slot: (index: number) => number;
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
      const view = (address: number): Float32Array => new Float32Array(memory.buffer, address, count);
      const slots = Array.from({ length: slotCount }, (_, index) => view(slot(index)));
      optimizer.update(view(weights), view(gradients), slots, coefficients);
    };
  }
  const run = (kernels as Readonly<Record<string, ((...values: number[]) => unknown) | undefined>>)[kernel];
  const taken = 3 + slotIndices.length + Object.keys(optimizer.coefficients(1, 0)).length;
  if (run?.length !== taken) {
    throw new Error(
      `Expected the kernel "${kernel}" of the optimizer "${name}" to take ${taken} arguments: count, weights, gradients, slots, coefficients. ` +
        `Received: ${run === undefined ? 'no such kernel' : `one of ${run.length}`}`,
    );
  }
  return ({ count, weights, gradients, slot }, coefficients) => {
    const slots = slotIndices.map((index) => (index === null ? 0 : slot(index)));
    run(count, weights, gradients, ...slots, ...Object.values(coefficients));
  };
}
