import type { ResolvedOptimizer } from '../../train/optimizers/resolved.js';
import { at, FLOAT } from './address.js';
import type { WeightBlock } from './blockUpdate.js';
import type { LateWeight } from './layers/layer.js';
import { cutRows, type Runtime } from './program.js';
import type { Penalty, WeightMemory } from './weights.js';

/** Weights that a task updates: few enough to stay in the cache, and enough to outweigh the call. A multiple of 4. */
const BLOCK = 16_384;
/** Approximate maximum number of tasks for the weights that are not late. */
const MOST_TASKS = 512;

/**
 * The update of all trained weights, as tasks that are independent of each other.
 * @returns tasks that take the number of rows of the batch, whose shards have written their gradients
 */
export function compileUpdate(
  optimizer: ResolvedOptimizer,
  weights: WeightMemory,
  lates: readonly LateWeight[],
  runtime: Runtime,
): ((rows: number) => void)[] {
  const tasks: ((rows: number) => void)[] = [];
  const update = (start: number, count: number): (() => void) => {
    const penalties = weights.penalties.flatMap((penalty) => cut(penalty, start, start + count));
    return () => {
      for (const { offset, size, l1, l2 } of penalties) {
        const bytes = offset * FLOAT;
        runtime.kernels.penalize(size, at(weights.gradients, bytes), at(weights.trained, bytes), l1, l2);
      }
      apply(optimizer, weights, runtime, start, count);
    };
  };
  let done = 0;
  for (const late of [...lates].sort((a, b) => a.weight.address - b.weight.address)) {
    const offset = (late.weight.address - weights.trained) / FLOAT;
    summed(done, offset);
    for (let first = 0; first < late.weight.size; first += late.block) {
      const count = Math.min(late.block, late.weight.size - first);
      const apply = update(offset + first, count);
      tasks.push((rows) => {
        late.gradient(first, count, rows);
        apply();
        late.pack(first, count);
      });
    }
    done = offset + late.weight.size;
  }
  summed(done, weights.padded);
  return tasks;

  /** Updates weights whose gradient is the sum of those of all shards. */
  function summed(from: number, to: number): void {
    const block = BLOCK * Math.max(Math.ceil(weights.padded / BLOCK / MOST_TASKS), 1);
    for (let start = Math.ceil(from / 4) * 4; start < to; start += block) {
      const count = Math.min(block, to - start);
      const apply = update(start, count);
      tasks.push((rows) => {
        const gradients = at(weights.gradients, start * FLOAT);
        runtime.kernels.sumGradients(count, gradients, cutRows(rows).length, weights.shardBytes);
        apply();
      });
    }
  }
}

function cut(penalty: Penalty, start: number, end: number): Penalty[] {
  const from = Math.max(penalty.offset, start);
  const to = Math.min(penalty.offset + penalty.size, end);
  return to > from ? [{ ...penalty, offset: from, size: to - from }] : [];
}

function apply(
  optimizer: ResolvedOptimizer,
  memory: WeightMemory,
  runtime: Runtime,
  start: number,
  count: number,
): void {
  const bytes = start * FLOAT;
  const block: WeightBlock = {
    count,
    weights: at(memory.trained, bytes),
    gradients: at(memory.gradients, bytes),
    slot: (index) => at(memory.slot(index), bytes),
  };
  runtime.update?.(block, optimizer.coefficients(runtime.learningRate, runtime.iteration));
}

/** Sum of the penalties of all weights. */
export function penaltyOf(weights: WeightMemory, runtime: Runtime): number {
  return weights.penalties.reduce(
    (sum, { offset, size, l1, l2 }) => sum + runtime.kernels.penalty(size, at(weights.trained, offset * FLOAT), l1, l2),
    0,
  );
}
