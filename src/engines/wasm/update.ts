import type { ResolvedOptimizer } from '../../train/optimizers/resolved.js';
import type { LateWeight } from './layers/layer.js';
import { cutRows, FLOAT, type Runtime } from './program.js';
import type { Penalty, WeightMemory } from './weights.js';

/** Numbers that a task updates: few enough to stay in the cache, enough to outweigh the call. A multiple of 4. */
const BLOCK = 16_384;
/** Tasks that the other weights together are cut into at most, about. */
const MOST_TASKS = 512;

/**
 * The update of all trained weights as tasks that don't depend on each other.
 * @returns tasks to be called with the rows of the batch, whose shards have left gradients
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
        const at = offset * FLOAT;
        runtime.kernels.penalize(size, weights.gradients + at, weights.trained + at, l1, l2);
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

  /** Weights of which each shard has its part of the gradient. */
  function summed(from: number, to: number): void {
    const block = BLOCK * Math.max(Math.ceil(weights.padded / BLOCK / MOST_TASKS), 1);
    for (let start = Math.ceil(from / 4) * 4; start < to; start += block) {
      const count = Math.min(block, to - start);
      const apply = update(start, count);
      tasks.push((rows) => {
        const gradients = weights.gradients + start * FLOAT;
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
  const at = start * FLOAT;
  const block = {
    count,
    weights: memory.trained + at,
    gradients: memory.gradients + at,
    slot: (index: number) => memory.slot(index) + at,
  };
  runtime.update?.(block, optimizer.coefficients(runtime.learningRate, runtime.iteration));
}

/** Sum of the penalties of all weights. */
export function penaltyOf(weights: WeightMemory, runtime: Runtime): number {
  return weights.penalties.reduce(
    (sum, { offset, size, l1, l2 }) => sum + runtime.kernels.penalty(size, weights.trained + offset * FLOAT, l1, l2),
    0,
  );
}
