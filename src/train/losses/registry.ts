import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Loss } from './loss.js';

/** Losses, by Keras's names and with Keras's results. */
export type LossName = keyof typeof builtIn;

/** A loss as plain data, with all options: the result of `losses.NAME()`. */
export type LossConfig = ReturnType<(typeof builtIn)[LossName]>;

export const lossRegistry = new Registry<'loss', Loss, LossName>('loss', builtIn);
