import type { Shape } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import type { Kernels } from './kernels.js';
import type { BlockUpdate } from './blockUpdate.js';

/**
 * One step of a program. Work is cut into shards of neighbouring rows, which may run at the same time; the cut depends on the
 * number of rows alone, so that sums have one order whatever runs where.
 */
export type Op =
  /** Once for each row; several in a row are done row by row, so that data stays in the cache. */
  | { readonly each: 'row'; run(row: number, shard: Shard): void }
  /** Once for each shard. */
  | { readonly each: 'shard'; run(shard: Shard): void }
  /** Once, with all rows: what needs the whole batch. */
  | { readonly each: 'batch'; run(rows: number): void };

export interface Shard {
  readonly index: number;
  /** First row, and the number of rows. */
  readonly first: number;
  readonly rows: number;
}

/** Rows that a shard has at least, as long as there are enough. */
const SHARD_ROWS = 32;
const MOST_SHARDS = 8;

export function countShards(rows: number): number {
  return Math.min(Math.max(Math.floor(rows / SHARD_ROWS), 1), MOST_SHARDS);
}

/** Cuts rows into shards, by multiples of 4 as long as there are enough. */
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
  readonly address: number;
  /** Where ∂L/∂values goes; 0 where nobody needs it. */
  readonly gradient: number;
}

/** Address of a row. */
export function rowOf(address: number, row: number, size: number): number {
  return address + row * size * FLOAT;
}

export const FLOAT = 4;
/** Kernels may read a few vectors past the end of an array. */
const SLACK = 64;

/** Hands out addresses one after the other. Nothing is ever given back: a program's memory is laid out once. */
export class Layout {
  #next: number;

  constructor(base: number) {
    this.#next = base;
  }

  /** First address that isn't in use. */
  get end(): number {
    return this.#next;
  }

  bytes(count: number): number {
    const address = this.#next;
    this.#next = Math.ceil((address + count + SLACK) / SLACK) * SLACK;
    return address;
  }

  floats(count: number): number {
    return this.bytes(count * FLOAT);
  }
}

/** What closures of a program share; the kernels come once the memory is there. */
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
  return { shape, size, address, gradient: training ? layout.floats(batchSize * size) : 0 };
}
