/** Every merge of this package: one line each. */
export { direct } from './direct.js';
export { mean } from './mean.js';
export { weightedMean } from './weightedMean.js';
export { sum } from './sum.js';
export { product } from './product.js';
export { maximum } from './maximum.js';
export { minimum } from './minimum.js';
export { concatenate } from './concatenate.js';
