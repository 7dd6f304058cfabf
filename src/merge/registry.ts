import { Registry } from '../registry/registry.js';
import * as builtIn from './index.js';
import type { Merge } from './merge.js';

/** Merges of this package. */
export type MergeName = keyof typeof builtIn;

export const mergeRegistry = new Registry<'merge', Merge, MergeName>('merge', builtIn);
