import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Optimizer } from './optimizer.js';

/** Optimizers, by Keras's names and with Keras's results. */
export type OptimizerName = keyof typeof builtIn;

/** An optimizer as plain data, with all options: the result of functions such as `adam()`. */
export type OptimizerConfig = ReturnType<(typeof builtIn)[OptimizerName]>;

export const optimizerRegistry = new Registry<'optimizer', Optimizer, OptimizerName>('optimizer', builtIn);
