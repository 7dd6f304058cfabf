import type { OptimizerConfig } from '../../protocol/plan.js';
import { ADAM_OPTIONS, createAdam, type AdamOptions } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { notNegative, resolveOptions } from './options.js';

export type AdamwConfig = Extract<OptimizerConfig, { optimizer: 'adamw' }>;

const OPTIONS = { ...ADAM_OPTIONS, weightDecay: notNegative(0.004) };

export interface AdamwOptions extends AdamOptions {
  /** Each update takes `learningRate · weightDecay` of every weight away, biases' too; >= 0. @defaultValue 0.004 */
  readonly weightDecay?: number;
}

/**
 * Adam with weight decay that does not go through the gradient. Numbers and defaults are those of Keras 3.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function adamw(options: AdamwOptions = {}): AdamwConfig {
  return { optimizer: 'adamw', ...resolveOptions('adamw', OPTIONS, options) };
}

/**
 * Adam after w ← w − η λ w: Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101, as `_apply_weight_decay` in
 * keras/src/optimizers/base_optimizer.py. Slots as Adam's.
 */
export function createAdamw(config: AdamwConfig): Optimizer {
  return createAdam(config, config.learningRate * config.weightDecay);
}
