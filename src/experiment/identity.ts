import { createHash } from 'node:crypto';
import type { SharedArray } from '../protocol/data.js';
import type { BuiltRun } from '../run/build.js';
import type { Config } from '../run/config.js';
import type { RunData } from '../run/data.js';
import { packageVersion } from '../run/environment.js';

/** Length of an identity: enough that no two runs of a series have the same. */
const DIGITS = 12;

/** Hashes of numbers in memory, so that those that many runs read are hashed once. */
export type ArrayHashes = Map<SharedArray['values'], string>;

/**
 * What a run's results depend on, as a short text: its configuration with its seed and the engines that were chosen, the numbers of its
 * data and of the models that it starts from, and the version of this package. Not its name, and not its number of threads.
 */
export function identityOf(config: Config, { trained, training, test }: BuiltRun, hashes: ArrayHashes): string {
  const content = [
    packageVersion(),
    { ...config, name: null, fit: { ...config.fit, threads: null } },
    hashData(training, hashes),
    test === null ? null : hashData(test, hashes),
    Object.entries(config.members).map(([name, { model }]) =>
      model === undefined
        ? null
        : hashBytes(...(trained.members[name]?.model.getWeights() ?? []).map((w) => w.dataSync())),
    ),
  ];
  return hashBytes(Buffer.from(JSON.stringify(content))).slice(0, DIGITS);
}

function hashData({ inputs, targets }: RunData, hashes: ArrayHashes): object {
  return [inputs, targets].map((ends) =>
    Object.entries(ends).map(([name, { values, ...rest }]) => {
      const hash = hashes.get(values) ?? hashBytes(values);
      hashes.set(values, hash);
      return [name, hash, rest];
    }),
  );
}

function hashBytes(...arrays: ArrayBufferView[]): string {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(array as Uint8Array);
  return hash.digest('hex');
}
