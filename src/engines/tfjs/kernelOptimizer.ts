import type { OptimizerConfig } from '../../protocol/plan.js';
import type { Optimizer } from '../../train/optimizers/optimizer.js';
import { addressOf, NOWHERE } from '../wasm/address.js';
import { createMemory, instantiate, loadKernels, type Kernels } from '../wasm/kernels.js';
import { slotCount, updateBlock, type WeightBlock } from '../wasm/update.js';

/** Bytes at whose multiples arrays begin: TensorFlow copies a tensor's numbers if they are not aligned so. */
const ALIGNMENT = 64;

/**
 * What src/train/optimizers do, by the kernels of the engine `wasm`: Adam takes 0.1 ms for 160,000 weights, in JavaScript 0.6. Weights and slots
 * are to be arrays of {@link allocate}.
 */
export class KernelOptimizer implements Optimizer {
  readonly slots: number;
  readonly #buffer: ArrayBufferLike;
  readonly #kernels: Kernels;
  readonly #gradients: Float32Array;
  #end = ALIGNMENT; // address 0 is NOWHERE

  /**
   * @param sizes of all weights that are trained
   * @returns null where there is no WebAssembly SIMD, or no memory
   */
  static create(config: OptimizerConfig, sizes: readonly number[]): KernelOptimizer | null {
    const arrays = sizes.flatMap((size) => Array.from({ length: 1 + slotCount(config) }, () => size));
    const bytes = [...arrays, Math.max(0, ...sizes)].reduce((sum, size) => sum + bytesOf(size), ALIGNMENT);
    const memory = createMemory(bytes);
    if (memory === null) return null;
    try {
      return new KernelOptimizer(config, memory, Math.max(0, ...sizes));
    } catch {
      return null;
    }
  }

  private constructor(
    private readonly config: OptimizerConfig,
    memory: WebAssembly.Memory,
    largest: number,
  ) {
    this.slots = slotCount(config);
    this.#buffer = memory.buffer;
    this.#kernels = instantiate(loadKernels('strict').module, memory);
    this.#gradients = this.allocate(largest);
  }

  /** A zeroed array. */
  allocate(size: number): Float32Array {
    const array = new Float32Array(this.#buffer, this.#end, size);
    this.#end += bytesOf(size);
    return array;
  }

  update(weights: Float32Array, gradients: Float32Array, slots: readonly Float32Array[], iteration: number): void {
    this.#gradients.set(gradients);
    const block: WeightBlock = {
      count: weights.length,
      weights: addressOf(weights.byteOffset),
      gradients: addressOf(this.#gradients.byteOffset),
      slot: (index) => addressOf(slots[index]?.byteOffset ?? NOWHERE),
    };
    updateBlock(this.config, this.#kernels, block, iteration);
  }
}

function bytesOf(size: number): number {
  return Math.ceil((size * Float32Array.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;
}
