/** Every callback of this package that can be chosen by name: one line each. */
export { csvLogger } from './csvLogger.js';
