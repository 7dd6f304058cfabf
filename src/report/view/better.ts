import { betterOf } from '../../train/scores.js';

/** As the metric says of itself; losses are better when they are lower. */
export function lowerIsBetter(name: string): boolean {
  return betterOf(name) === 'lower';
}

/** Whether a is better than b. */
export function isBetter(name: string, a: number, b: number): boolean {
  return lowerIsBetter(name) ? a < b : a > b;
}
