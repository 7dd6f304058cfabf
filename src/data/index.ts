/** Data sets for ensembles: the subpath `tfjs-ensemble/data`. */
export type { SharedArray } from '../protocol/data.js';
export type { Shape } from '../protocol/plan.js';
export type { Dataset } from './dataset.js';
export { readIdx, type IdxArray } from './sources/idx.js';
export * from './sources/index.js';
export type { DataValue, TypedValue } from './value.js';
