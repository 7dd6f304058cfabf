import { z } from 'zod';
import { defineSource, type SourceOptions } from '../../../../src/data/sources/source.js';
import { described } from '../../../../src/registry/options.js';

const options = {
  length: described(z.int().min(1), { description: 'Number of samples.', rule: 'an integer >= 1' }),
  height: described(z.number().default(1), { description: 'The value after the last sample.' }),
  limit: described(z.int().min(1).optional(), { description: 'The most samples to take.' }),
};

export type RampOptions = SourceOptions<typeof options, 'length'>;

/** A source as a user may add it: samples that rise from 0, of two classes in turn. */
export const ramp = defineSource({
  name: 'ramp',
  summary: 'Samples that rise from 0, of two classes in turn.',
  options,
  main: 'length',
  load({ length, height, limit = Infinity }) {
    const samples = Math.min(length, limit);
    const x = new Float32Array(new SharedArrayBuffer(samples * Float32Array.BYTES_PER_ELEMENT));
    const y = new Uint8Array(new SharedArrayBuffer(samples));
    for (let i = 0; i < samples; i++) {
      x[i] = (height * i) / length;
      y[i] = i % 2;
    }
    return Promise.resolve({
      name: 'ramp',
      x: { values: x, samples, shape: [1], scale: 1, oneHot: null },
      y: { values: y, samples, shape: [], scale: 1, oneHot: null },
      classes: 2,
    });
  },
});
