import { z } from 'zod';
import { createFactory, type Definition, type ResolvedOptions } from '../../registry/definition.js';
import { described } from '../../registry/options.js';
import { nested } from '../../registry/setting.js';
import { scheduleRegistry } from '../schedules/registry.js';

/**
 * An optimizer: its slots, and one formula for each element of a weight. Engines update weights in blocks, so the update of an element must not
 * depend on other elements.
 */
export interface Optimizer<
  Name extends string = string,
  Options extends z.ZodRawShape = z.ZodRawShape,
  Slots extends SlotNames = SlotNames,
  Scalars extends Coefficients = Coefficients,
> extends Definition<Name, Options> {
  /**
   * The arrays that the optimizer keeps for each weight. A slot is as long as the weight and zero at first. The order of the names is also
   * the order in memory, in saved states and among a kernel's arguments.
   * @returns for each slot's name, whether these options need the slot
   */
  slots(options: ResolvedOptions<Options>): Slots;

  /**
   * The scalars of one step, for the formula and the kernel. The kernel takes them in the order of the keys.
   * @param learningRate the rate of this step, from the number or the schedule
   * @param iteration how many updates were done before, from 0
   */
  coefficients(options: ResolvedOptions<Options>, learningRate: number, iteration: number): Scalars;

  /** Updates `weights` and slots in place. Numbers are stored in float32 and computed in double precision. */
  update(weights: Float32Array, gradients: Float32Array, slots: SlotArrays<Slots>, coefficients: Scalars): void;

  /**
   * Name of the kernel that does the same in float32: `kernel(count, weights, gradients, …slots, …coefficients)`. It takes the address of
   * each slot, or 0 if the options don't need the slot.
   * @defaultValue none: the engine `wasm` calls {@link update}
   */
  readonly kernel?: string;
}

/** Slots by name, and whether the options need them. */
export type SlotNames = Readonly<Record<string, boolean>>;

/** Scalars by name. */
export type Coefficients = Readonly<Record<string, number>>;

/** A weight's slots; null for a slot that the options don't need. */
export type SlotArrays<Slots extends SlotNames> = {
  readonly [Name in keyof Slots]: Slots[Name] extends true ? Float32Array : Float32Array | null;
};

/** Defines an optimizer. Returns the function that users call, with the definition attached. */
export function defineOptimizer<
  Name extends string,
  Options extends z.ZodRawShape & { readonly learningRate: ReturnType<typeof learningRate> },
  Slots extends SlotNames,
  Scalars extends Coefficients,
>(optimizer: Optimizer<Name, Options, Slots, Scalars>) {
  return createFactory('optimizer', optimizer);
}

/** The option `learningRate`, which every optimizer has: a number or a schedule. */
export function learningRate(value: number) {
  const schema = z.union([z.number().positive(), nested(scheduleRegistry, 'schedule of the learning rate')]);
  return described(schema.default(value), {
    description: 'The size of a step. A schedule changes it from step to step.',
    rule: 'a finite number > 0, or a schedule such as schedules.exponentialDecay({ ... })',
  });
}
