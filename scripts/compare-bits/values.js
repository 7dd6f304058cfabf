/**
 * @param {readonly number[]} shape
 * @param {number} seed
 * @returns {import('tfjs-ensemble').TypedValue} numbers from -1 to 1, the same in each run
 */
export function numbers(shape, seed) {
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 101) % 2003) / 1001 - 1), shape };
}

/**
 * @template From, To
 * @param {Readonly<Record<string, From>>} record
 * @param {(value: From, name: string) => To} map
 * @returns {Record<string, To>}
 */
export function mapValues(record, map) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
