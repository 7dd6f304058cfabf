import { deriveKey, philox4x32, type Key } from './philox.js';

/**
 * Shuffles the samples of an epoch (Fisher-Yates shuffle, Durstenfeld 1964). The order depends on the seed, the epoch and the number of
 * samples only.
 * @param order receives a permutation of 0 … order.length − 1
 * @param epoch counted from 0
 */
export function shuffledOrder(order: Uint32Array, seed: number, epoch: number): void {
  const count = order.length;
  for (let i = 0; i < count; i++) order[i] = i;
  const key = deriveKey(seed, 'order', String(epoch), String(count));
  const next = wordsOf(key);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1, next);
    const swapped = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = swapped;
  }
}

/** An integer from 0 to bound − 1, each with the same probability: words that would favour small integers are drawn again. */
function below(bound: number, next: () => number): number {
  const lowest = 0x1_0000_0000 % bound;
  let word = next();
  while (word < lowest) word = next();
  return word % bound;
}

/** A bootstrap sample: draws `values.length` values with replacement. The draw depends on the seed and the number of values only. */
export function resample<T>(values: readonly T[], seed: number): T[] {
  const next = wordsOf(deriveKey(seed, 'resample', String(values.length)));
  return Array.from(values, (value) => values[below(values.length, next)] ?? value);
}

/** A generator of random 32-bit words. */
function wordsOf(key: Key): () => number {
  const words = new Uint32Array(4);
  let drawn = 0;
  return () => {
    if (drawn % 4 === 0) philox4x32(drawn / 4, 0, 0, 0, key, words);
    return words[drawn++ % 4] ?? 0;
  };
}
