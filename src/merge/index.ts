export { checkMerge } from './check.js';
export type { Merge } from './merge.js';
export { merges } from './registry.js';
export * from './spec.js';
