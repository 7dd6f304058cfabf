import { deriveKey, philox4x32, type Key } from './philox.js';

/**
 * The order of samples in an epoch, by seed, epoch and number of samples alone: the Fisher-Yates shuffle (Durstenfeld 1964).
 * @param order receives a permutation of 0 … order.length − 1
 * @param epoch from 0
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

/** A number from 0 to bound − 1, each equally likely: words that would favour the small ones are drawn again. */
function below(bound: number, next: () => number): number {
  const lowest = 0x1_0000_0000 % bound;
  let word = next();
  while (word < lowest) word = next();
  return word % bound;
}

/** As many values as there are, drawn from them with replacement; by the seed and their number alone. */
export function resample<T>(values: readonly T[], seed: number): T[] {
  const next = wordsOf(deriveKey(seed, 'resample', String(values.length)));
  return Array.from(values, (value) => values[below(values.length, next)] ?? value);
}

/** Random 32-bit words, one after the other. */
function wordsOf(key: Key): () => number {
  const words = new Uint32Array(4);
  let drawn = 0;
  return () => {
    if (drawn % 4 === 0) philox4x32(drawn / 4, 0, 0, 0, key, words);
    return words[drawn++ % 4] ?? 0;
  };
}
