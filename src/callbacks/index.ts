/** Every callback that is chosen by its name: one line each. */
export { csvLogger } from './csvLogger.js';
