import type * as tf from '@tensorflow/tfjs';
import { createHash } from 'node:crypto';
import type { SharedArray } from '../protocol/data.js';
import type { BuiltRun } from '../config/build.js';
import type { Config } from '../config/config.js';
import type { RunData } from '../config/data.js';
import { packageVersion } from '../run/environment.js';

/** Length of an identity in hexadecimal digits; 48 bits are enough to avoid collisions within a series. */
const DIGITS = 12;

/** Hashes of arrays in memory, so that an array that many runs read is hashed once. */
export type ArrayHashes = WeakMap<SharedArray['values'], string>;

/**
 * A short hash of everything that the results of a run depend on: the training configuration with its seed and its chosen engines, the
 * numbers of its data, the models that it starts from, its callbacks, and the version of this package. It does not depend on names of data
 * sets, paths of models, the order of a layer's options, or the number of threads.
 */
export function identityOf(
  config: Config,
  { trained, training, test, callbacks }: BuiltRun,
  hashes: ArrayHashes,
): string {
  const { nets, members, inputs, outputs, assemble, compile, fit } = config;
  const content = {
    version: packageVersion(),
    members: Object.entries(members).map(([name, { net, model, ...rest }]) => {
      const spec = trained.members[name];
      return [name, sorted(rest), sorted(nets[net ?? '']), model === undefined || !spec ? null : hashModel(spec.model)];
    }),
    inputs: Object.entries(inputs).map(([name, { shape }]) => [name, shape]),
    outputs: [outputs, assemble ?? {}].map(withoutTargets),
    compile: sorted(compile),
    fit: sorted({ ...fit, threads: null }),
    data: [training, test].map((data) => (data === null ? null : hashData(data, hashes))),
    // Without callbacks, the identity is the same as in versions without configurable callbacks.
    ...(callbacks.length === 0 ? {} : { callbacks }),
  };
  return hash(Buffer.from(JSON.stringify(content))).slice(0, DIGITS);
}

/** Keeps the order of the outputs, because sums are taken in this order. */
function withoutTargets(outputs: Config['outputs']): object {
  return Object.entries(outputs).map(([name, output]) => [name, { ...output, target: null }]);
}

/** The same data with the keys of all mappings sorted. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function hashData({ inputs, targets }: RunData, hashes: ArrayHashes): object {
  return [inputs, targets].map((ends) =>
    Object.entries(ends).map(([name, { values, ...rest }]) => {
      const known = hashes.get(values) ?? hash(values);
      hashes.set(values, known);
      return [name, known, rest];
    }),
  );
}

function hashModel(model: tf.LayersModel): object {
  const weights = model.weights.map((weight) => {
    const { originalName, shape, dtype, trainable } = weight; // not `name`, which changes each time a model is loaded
    return [originalName, shape, dtype, trainable, hash(weight.read().dataSync())];
  });
  return [model.toJSON(null, false), weights];
}

function hash(array: ArrayBufferView): string {
  return createHash('sha256')
    .update(array as Uint8Array)
    .digest('hex');
}
