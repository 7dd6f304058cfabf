import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Source } from './source.js';

/** Data sources of this package. */
export type SourceName = keyof typeof builtIn;

export const sourceRegistry = new Registry<'source', Source, SourceName>('source', builtIn);
