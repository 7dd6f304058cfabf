import { createHash } from 'node:crypto';

/** Two 32-bit words that select one stream of random numbers. */
export type Key = readonly [number, number];

/**
 * The key of a named stream: the first 64 bits of SHA-256 of the seed and the parts. The parts say the stream's purpose (`'dropout'`, the
 * member, the layer). So the key does not depend on the order in which streams are made.
 */
export function deriveKey(seed: number, ...parts: readonly string[]): Key {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...parts]))
    .digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Every sum below stays under 2^32.
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/**
 * Philox4x32 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): four random 32-bit words that depend on
 * counter and key only. Seven rounds are the smallest number that passes all of BigCrush in the paper.
 * @param counter four 32-bit words
 * @param out receives four words
 */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key: Key,
  out: Uint32Array,
  rounds = 7,
): void {
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
