/** Every loss of this package: one line each. */
export { meanSquaredError } from './meanSquaredError.js';
export { binaryCrossentropy } from './binaryCrossentropy.js';
export { categoricalCrossentropy } from './categoricalCrossentropy.js';
export { sparseCategoricalCrossentropy } from './sparseCategoricalCrossentropy.js';
