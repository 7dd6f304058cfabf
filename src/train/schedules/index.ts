/** Every schedule of this package: one line each. */
export { exponentialDecay } from './exponentialDecay.js';
