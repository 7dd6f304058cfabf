import { z } from 'zod';
import { createFactory, type Definition, type ResolvedOptions } from '../../registry/definition.js';
import { described } from '../../registry/options.js';
import { nested } from '../../registry/setting.js';
import { scheduleRegistry } from '../schedules/registry.js';

/**
 * An optimizer: what it keeps from step to step, and one formula for each number of a weight. Engines update weights in blocks, so a number's
 * update depends on no other number.
 */
export interface Optimizer<
  Name extends string = string,
  Options extends z.ZodRawShape = z.ZodRawShape,
  Slots extends SlotNames = SlotNames,
  Scalars extends Coefficients = Coefficients,
> extends Definition<Name, Options> {
  /**
   * The arrays that are kept for each weight, as long as the weight and zero at first. Their order here is that in memory, in saved states
   * and among a kernel's arguments.
   * @returns for each name whether these options need the array
   */
  slots(options: ResolvedOptions<Options>): Slots;

  /**
   * The scalars of one step, which the formula and the kernel take; the kernel in the order of the keys.
   * @param learningRate of this step: a schedule is resolved already
   * @param iteration updates that were done before, from 0
   */
  coefficients(options: ResolvedOptions<Options>, learningRate: number, iteration: number): Scalars;

  /** Updates `weights` and slots in place. Numbers are kept in float32 and computed in double precision. */
  update(weights: Float32Array, gradients: Float32Array, slots: SlotArrays<Slots>, coefficients: Scalars): void;

  /**
   * Name of the kernel that does the same in float32: `kernel(count, weights, gradients, …slots, …coefficients)`, with the address of each
   * declared slot, 0 for one that the options don't need. The engine `wasm` uses {@link update} where there is no kernel.
   */
  readonly kernel?: string;
}

/** Slots by name, and whether they exist. */
export type SlotNames = Readonly<Record<string, boolean>>;

/** Scalars by name. */
export type Coefficients = Readonly<Record<string, number>>;

/** A weight's slots: null for one that the options don't need. */
export type SlotArrays<Slots extends SlotNames> = {
  readonly [Name in keyof Slots]: Slots[Name] extends true ? Float32Array : Float32Array | null;
};

/** Defines an optimizer: the function that users call, with the definition attached. */
export function defineOptimizer<
  Name extends string,
  Options extends z.ZodRawShape & { readonly learningRate: ReturnType<typeof learningRate> },
  Slots extends SlotNames,
  Scalars extends Coefficients,
>(optimizer: Optimizer<Name, Options, Slots, Scalars>) {
  return createFactory('optimizer', optimizer);
}

/** The option that every optimizer has: a number, or a schedule. */
export function learningRate(value: number) {
  const schema = z.union([z.number().positive(), nested(scheduleRegistry, 'schedule of the learning rate')]);
  return described(schema.default(value), {
    description: 'How far a step goes; a schedule changes it from step to step.',
    rule: 'a finite number > 0, or a schedule such as schedules.exponentialDecay({ ... })',
  });
}
