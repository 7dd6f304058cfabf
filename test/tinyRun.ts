/** The configuration of a run that takes a second, on real digits: two small members and their mean. */
export const TINY = {
  name: 'tiny',
  data: { digits: { mnist: 'train', limit: 256 }, test: { mnist: 'test', limit: 100 } },
  nets: { net: [{ flatten: {} }, { dense: { units: 10, activation: 'softmax' } }] },
  members: { a: { net: 'net' }, b: { net: 'net' } },
  inputs: { input: { from: 'digits', shape: [28, 28, 1] } },
  outputs: { combined: { mean: ['a', 'b'], target: 'digits' } },
  compile: { optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
  fit: { batchSize: 32, epochs: 2 },
  evaluate: { on: 'test' },
};
