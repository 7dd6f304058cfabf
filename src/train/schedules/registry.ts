import type { Named } from '../../protocol/plan.js';
import { optionsIn } from '../../registry/definition.js';
import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Schedule } from './schedule.js';

/** Schedules of the learning rate, by Keras's names. */
export type ScheduleName = keyof typeof builtIn;

/** The type of an optimizer's `learningRate`: a number, or the result of `schedules.NAME()`. */
export type LearningRate = number | Named<'schedule'>;

export const scheduleRegistry = new Registry<'schedule', Schedule, ScheduleName>('schedule', builtIn);

/** A learning rate as a function of the iteration, from 0. */
export function rateFunction(learningRate: LearningRate): (iteration: number) => number {
  if (typeof learningRate === 'number') return () => learningRate;
  const schedule = scheduleRegistry.of(learningRate);
  const options = optionsIn('schedule', learningRate);
  return (iteration) => schedule.rate(options, iteration);
}
