import { philox4x32, type Key } from './philox.js';

/**
 * The position of noise: a stream (its key comes from the seed, the member and the layer), the member's iteration, and rows of a batch. The
 * counter of a block is `[block, row, iteration low, iteration high]`. So a number depends on its position only, not on threads, shards or
 * earlier numbers.
 */
export interface NoisePlace {
  readonly key: Key;
  /** How many updates were done before this step. */
  readonly iteration: number;
  /** First row, counted from the start of the batch. */
  readonly firstRow: number;
  readonly rows: number;
  /** Elements in a row. */
  readonly size: number;
}

const words = new Uint32Array(4);

/** Draws the four words of a block of a row into {@link words}. */
function draw(place: NoisePlace, block: number, row: number): void {
  philox4x32(block, row, place.iteration >>> 0, Math.floor(place.iteration / 0x1_0000_0000), place.key, words);
}

/**
 * Writes a dropout mask: 0 with probability `rate`, else 1 / (1 − rate). An element has 16 random bits, so the rate is accurate to
 * 1/131072. Four blocks serve a group of 32 elements: element e of a group takes half e mod 2 of word ⌊e/8⌋ of block ⌊(e mod 8)/2⌋.
 * SIMD registers give four blocks in this order.
 * @param out `rows * size` numbers
 */
export function dropoutMask(out: Float32Array, rate: number, place: NoisePlace): void {
  const threshold = dropoutThreshold(rate);
  const kept = 1 / (1 - rate);
  for (let row = 0; row < place.rows; row++) {
    const start = row * place.size;
    for (let block = 0; block * 8 < Math.ceil(place.size / 32) * 32; block++) {
      draw(place, block, place.firstRow + row);
      const first = (block >>> 2) * 32 + (block & 3) * 2;
      for (let word = 0; word < 4; word++) {
        const bits = words[word] ?? 0;
        const element = first + word * 8;
        if (element < place.size) out[start + element] = (bits & 0xffff) < threshold ? 0 : kept;
        if (element + 1 < place.size) out[start + element + 1] = bits >>> 16 < threshold ? 0 : kept;
      }
    }
  }
}

/** An element is dropped if its 16 bits are below this threshold. The threshold has 16 bits too, so at most 65535 of 65536 are dropped. */
export function dropoutThreshold(rate: number): number {
  return Math.min(Math.round(rate * 0x10000), 0xffff);
}

/**
 * Writes independent normal numbers of mean 0 and standard deviation 1. Each pair comes from two words (Box and Muller, 1958).
 * @param out `rows * size` numbers
 */
export function normalNoise(out: Float32Array, place: NoisePlace): void {
  for (let row = 0; row < place.rows; row++) {
    const start = row * place.size;
    for (let block = 0; block * 4 < place.size; block++) {
      draw(place, block, place.firstRow + row);
      for (let pair = 0; pair < 2; pair++) {
        const radius = Math.sqrt(-2 * Math.log(((words[2 * pair] ?? 0) + 1) / 0x1_0000_0000));
        const angle = (2 * Math.PI * (words[2 * pair + 1] ?? 0)) / 0x1_0000_0000;
        const element = block * 4 + pair * 2;
        if (element < place.size) out[start + element] = radius * Math.cos(angle);
        if (element + 1 < place.size) out[start + element + 1] = radius * Math.sin(angle);
      }
    }
  }
}
