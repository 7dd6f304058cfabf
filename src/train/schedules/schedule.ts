import type { z } from 'zod';
import { createFactory, type Definition, type ResolvedOptions } from '../../registry/definition.js';

/** A learning rate that changes during training. It is a pure function of the iteration. */
export interface Schedule<
  Name extends string = string,
  Options extends z.ZodRawShape = z.ZodRawShape,
> extends Definition<Name, Options> {
  /**
   * The learning rate of an update, >= 0.
   * @param iteration how many updates the member has done before, from 0
   */
  rate(options: ResolvedOptions<Options>, iteration: number): number;
}

/** Defines a schedule. Returns the function that users call, with the definition attached. */
export function defineSchedule<Name extends string, Options extends z.ZodRawShape>(schedule: Schedule<Name, Options>) {
  return createFactory('schedule', schedule);
}
