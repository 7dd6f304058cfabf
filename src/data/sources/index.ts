/** Every data source of this package: one line each. */
export { mnist, type MnistOptions, type Rotation } from './mnist.js';
