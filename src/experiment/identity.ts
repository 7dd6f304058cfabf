import type * as tf from '@tensorflow/tfjs';
import { createHash } from 'node:crypto';
import type { SharedArray } from '../protocol/data.js';
import type { BuiltRun } from '../config/build.js';
import type { Config } from '../config/config.js';
import type { RunData } from '../config/data.js';
import { packageVersion } from '../run/environment.js';

/** Length of an identity: enough that no two runs of a series have the same. */
const DIGITS = 12;

/** Hashes of numbers in memory, so that those that many runs read are hashed once. */
export type ArrayHashes = WeakMap<SharedArray['values'], string>;

/**
 * What a run's results depend on, as a short text: how it is trained, with its seed and the engines that were chosen; the numbers of its
 * data; the models that it starts from; the callbacks that are told of it; and the version of this package. Not names of data sets and paths
 * of models, not the order of a layer's options, and not the number of threads.
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
    // Runs without callbacks keep the identities that they had before callbacks could be configured.
    ...(callbacks.length === 0 ? {} : { callbacks }),
  };
  return hash(Buffer.from(JSON.stringify(content))).slice(0, DIGITS);
}

/** Merges, in their order, which is that of sums too. */
function withoutTargets(outputs: Config['outputs']): object {
  return Object.entries(outputs).map(([name, output]) => [name, { ...output, target: null }]);
}

/** The same data with the keys of all mappings in one order. */
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
    const { originalName, shape, dtype, trainable } = weight; // `name` counts how often a model was loaded
    return [originalName, shape, dtype, trainable, hash(weight.read().dataSync())];
  });
  return [model.toJSON(null, false), weights];
}

function hash(array: ArrayBufferView): string {
  return createHash('sha256')
    .update(array as Uint8Array)
    .digest('hex');
}
