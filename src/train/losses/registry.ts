import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Loss } from './loss.js';

/** Losses, by Keras's names and with Keras's results. */
export type LossName = keyof typeof builtIn;

export const lossRegistry = new Registry<'loss', Loss, LossName>('loss', builtIn);
