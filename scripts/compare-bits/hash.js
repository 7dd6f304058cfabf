import { createHash } from 'node:crypto';

/**
 * @param {readonly (NodeJS.TypedArray | string)[]} parts
 * @returns {string} SHA-256 of all bytes
 */
export function hashNumbers(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * @param {Readonly<Record<string, readonly number[]>>} history by score; the order of scores makes no difference
 * @returns {string} JSON has all digits of a number
 */
export function hashHistory(history) {
  return hashNumbers([JSON.stringify(Object.entries(history).sort(([a], [b]) => (a < b ? -1 : 1)))]);
}

/**
 * @param {import('tfjs-ensemble').Ensemble} ensemble
 * @returns {Record<string, string>} a hash for each member that is trained
 */
export function hashWeights(ensemble) {
  const model = ensemble.toModel();
  const hashes = ensemble.plan.members.map(({ name }) => [
    `weights of ${name}`,
    hashNumbers(
      model
        .getLayer(name)
        .getWeights()
        .map((weight) => weight.dataSync()),
    ),
  ]);
  model.dispose();
  return Object.fromEntries(hashes);
}
