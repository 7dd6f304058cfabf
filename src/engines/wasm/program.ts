import type { Shape } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import { addressOf, FLOAT, NOWHERE, type Address } from './address.js';
import type { Kernels } from './kernels.js';
import type { BlockUpdate } from './blockUpdate.js';

/**
 * One step of a program. Work is cut into shards of neighbouring rows, which may run at the same time. The cut depends on the number
 * of rows alone, so sums have the same order whichever thread computes a shard.
 */
export type Op =
  /** Runs once for each row. Neighbouring ops of this kind run row by row, so that data stays in the cache. */
  | { readonly each: 'row'; run(row: number, shard: Shard): void }
  /** Runs once for each shard. */
  | { readonly each: 'shard'; run(shard: Shard): void }
  /** Runs once, with all rows: it needs the whole batch. */
  | { readonly each: 'batch'; run(rows: number): void };

export interface Shard {
  readonly index: number;
  /** First row, and the number of rows. */
  readonly first: number;
  readonly rows: number;
}

/** Minimum number of rows of a shard, in batches that have as many. */
const SHARD_ROWS = 32;
const MOST_SHARDS = 8;

export function countShards(rows: number): number {
  return Math.min(Math.max(Math.floor(rows / SHARD_ROWS), 1), MOST_SHARDS);
}

/** Cuts rows into shards. All shards but the last have a multiple of 4 rows. */
export function cutRows(rows: number): Shard[] {
  const count = countShards(rows);
  const size = Math.ceil(rows / count / 4) * 4;
  const shards: Shard[] = [];
  for (let first = 0; first < rows; first += size) {
    shards.push({ index: shards.length, first, rows: Math.min(size, rows - first) });
  }
  return shards;
}

/** An activation: `batchSize` rows of `size` float32 numbers. */
export interface Tensor {
  readonly shape: Shape;
  readonly size: number;
  readonly address: Address;
  /** Place of ∂L/∂values; NOWHERE if no layer needs it. */
  readonly gradient: Address;
}

/** Kernels may read a few vectors past the end of an array. */
const SLACK = 64;

/** Hands out places one after the other and takes none back: a program's memory is laid out once. */
export class Layout {
  #next: number;

  /** @param base bytes from the memory's start to the first place */
  constructor(base: number) {
    this.#next = base;
  }

  /** Bytes from the memory's start to the first place that is not in use. */
  get end(): number {
    return this.#next;
  }

  bytes(count: number): Address {
    const address = addressOf(this.#next);
    this.#next = Math.ceil((address + count + SLACK) / SLACK) * SLACK;
    return address;
  }

  floats(count: number): Address {
    return this.bytes(count * FLOAT);
  }
}

/** State that a program's closures share. The kernels are set once the memory exists. */
export interface Runtime {
  kernels: Kernels;
  /** Null where nothing is trained. */
  update: BlockUpdate | null;
  seed: number;
  /** Updates that the member has done before this step. */
  iteration: number;
  /** Of this step. */
  learningRate: number;
}

/** A program's tensor. */
export function allocateTensor(layout: Layout, shape: Shape, batchSize: number, training: boolean): Tensor {
  const size = sizeOf(shape);
  const address = layout.floats(batchSize * size);
  return { shape, size, address, gradient: training ? layout.floats(batchSize * size) : NOWHERE };
}
