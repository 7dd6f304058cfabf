/** Every metric of this package: one line each. */
export { accuracy } from './accuracy.js';
