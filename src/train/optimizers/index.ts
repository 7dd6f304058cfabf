import type { OptimizerConfig } from '../../protocol/plan.js';
import { adam, createAdam } from './adam.js';
import { adamw, createAdamw } from './adamw.js';
import type { Optimizer } from './optimizer.js';
import { createRmsprop, rmsprop } from './rmsprop.js';
import { createSgd, sgd } from './sgd.js';

export { adam, type AdamOptions } from './adam.js';
export { adamw, type AdamwOptions } from './adamw.js';
export type { Optimizer } from './optimizer.js';
export { rmsprop, type RmspropOptions } from './rmsprop.js';
export { sgd, type SgdOptions } from './sgd.js';

/** Every optimizer by its name, with its defaults when called with nothing. */
export const defaultOptimizers = { sgd, rmsprop, adam, adamw } satisfies Readonly<
  Record<OptimizerConfig['optimizer'], () => OptimizerConfig>
>;

/** The arithmetic that a configuration stands for. */
export function createOptimizer(config: OptimizerConfig): Optimizer {
  switch (config.optimizer) {
    case 'sgd':
      return createSgd(config);
    case 'rmsprop':
      return createRmsprop(config);
    case 'adam':
      return createAdam(config);
    case 'adamw':
      return createAdamw(config);
  }
}
