/**
 * Loaded before an example: `fit` then starts from seeded weights, on the engine that is asked for, and sends hashes of the trained weights and the
 * history to the parent process. `COMPARE_BITS` is JSON of `{ root, engine, simd }`.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { hashHistory, hashWeights } from './hash.js';

const SEED = 1;

// Worker threads load it too, as they get the options of the process.
if (isMainThread) {
  const { root, ...setting } = JSON.parse(process.env.COMPARE_BITS);
  const { Ensemble } = await import(pathToFileURL(join(root, 'dist/index.js')).href);
  const { fit } = Ensemble.prototype;
  Ensemble.prototype.fit = async function (x, y, options) {
    this.initialize(SEED);
    const history = await fit.call(this, x, y, { ...options, ...setting });
    process.send({ ...hashWeights(this), history: hashHistory(history.history) });
    return history;
  };
}
