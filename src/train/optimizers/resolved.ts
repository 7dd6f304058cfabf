import type { Named } from '../../protocol/plan.js';
import { optionsIn } from '../../registry/definition.js';
import { rateFunction, type LearningRate } from '../schedules/registry.js';
import type { Coefficients, Optimizer } from './optimizer.js';
import { optimizerRegistry } from './registry.js';

/** An optimizer with its options, for engines. */
export class ResolvedOptimizer {
  readonly name: string;
  /** Name of its kernel; null if it has none. */
  readonly kernel: string | null;
  /** Number of slots that each weight has. */
  readonly slotCount: number;
  /** For each declared slot, in order, its index among the slots of a weight; null if the options don't need the slot. */
  readonly slotIndices: readonly (number | null)[];

  readonly #definition: Optimizer;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #rate: (iteration: number) => number;
  readonly #slotNames: readonly string[];

  constructor(config: Named<'optimizer'>) {
    this.#definition = optimizerRegistry.of(config);
    this.#options = optionsIn('optimizer', config);
    this.#rate = rateFunction(this.#options['learningRate'] as LearningRate);
    const declared = Object.entries(this.#definition.slots(this.#options));
    let count = 0;
    this.#slotNames = declared.map(([name]) => name);
    this.slotIndices = declared.map(([, exists]) => (exists ? count++ : null));
    this.slotCount = count;
    this.name = this.#definition.name;
    this.kernel = this.#definition.kernel ?? null;
  }

  /**
   * The learning rate of an update.
   * @param iteration how many updates were done before, from 0
   * @param changed the rate that was set after `compile`; NaN if none was set
   */
  learningRate(iteration: number, changed: number): number {
    return Number.isNaN(changed) ? this.#rate(iteration) : changed;
  }

  /** The scalars of one step: see {@link Optimizer.coefficients}. */
  coefficients(learningRate: number, iteration: number): Coefficients {
    return this.#definition.coefficients(this.#options, learningRate, iteration);
  }

  /**
   * Updates weights in place.
   * @param slots {@link slotCount} arrays
   */
  update(
    weights: Float32Array,
    gradients: Float32Array,
    slots: readonly Float32Array[],
    coefficients: Coefficients,
  ): void {
    const byName: Record<string, Float32Array | null> = {};
    for (const [i, name] of this.#slotNames.entries()) {
      const index = this.slotIndices[i] ?? null;
      byName[name] = index === null ? null : slotAt(slots, index);
    }
    this.#definition.update(weights, gradients, byName, coefficients);
  }
}

function slotAt(slots: readonly Float32Array[], index: number): Float32Array {
  const slot = slots[index];
  if (slot === undefined)
    throw new RangeError(`Expected at least ${index + 1} optimizer slots. Received: ${slots.length}`);
  return slot;
}
