import type { Stretch } from '../../protocol/board.js';
import { ResolvedOptimizer } from '../../train/optimizers/resolved.js';
import { FLOAT, type Address } from './address.js';
import { createBlockUpdate } from './blockUpdate.js';
import { compileProgram, type Program, type ProgramOptions } from './compile.js';
import { segmentsOf, tasksSegment, type Segment } from './execute.js';
import { instantiate, type Kernels } from './kernels.js';
import type { Runtime, Tensor } from './program.js';

/** Phases of a member's work: {@link Stretch.phase}. */
export const TRAIN = 0;
export const INFER = 1;
/** Backward and update. */
export const LEARN = 2;
/** Packing of loaded weights. */
export const PACK = 3;

/**
 * A member's program and its memory. Each thread that works for the member has a machine of its own. The same part of a stretch has the
 * same result on each of them.
 */
export class Machine {
  readonly program: Program;
  readonly runtime: Runtime;
  /** Null where nothing is trained. */
  readonly optimizer: ResolvedOptimizer | null;
  readonly #phases: readonly (readonly Segment[])[];
  readonly #numbers: Float32Array;

  constructor(options: ProgramOptions, memory: WebAssembly.Memory, module: WebAssembly.Module) {
    const kernels = instantiate(module, memory);
    this.optimizer = options.optimizer === null ? null : new ResolvedOptimizer(options.optimizer);
    const blockUpdate = this.optimizer === null ? null : createBlockUpdate(this.optimizer, kernels, memory);
    this.runtime = { kernels, update: blockUpdate, seed: 0, iteration: 0, learningRate: 0 };
    this.program = compileProgram(options, this.runtime);
    this.#numbers = new Float32Array(memory.buffer);
    const { train, infer, backward, update, repack, pack } = this.program;
    const tasks = (list: readonly ((rows: number) => void)[]): Segment[] =>
      list.length > 0 ? [tasksSegment(list)] : [];
    const learn = [...segmentsOf(backward), ...tasks(update), ...tasks(repack)];
    this.#phases = [segmentsOf(train), segmentsOf(infer), learn, tasks(pack)];
  }

  get kernels(): Kernels {
    return this.runtime.kernels;
  }

  /** The memory as float32 numbers: a number's index is its address divided by 4. */
  get numbers(): Float32Array {
    return this.#numbers;
  }

  segments(phase: number): readonly Segment[] {
    return this.#phases[phase] ?? [];
  }

  run({ phase, segment, rows, seed, iteration, learningRate }: Stretch, part: number): void {
    this.runtime.seed = seed;
    this.runtime.iteration = iteration;
    this.runtime.learningRate = learningRate;
    this.segments(phase)[segment]?.run(part, rows);
  }

  /** A tensor's first rows. */
  view({ size }: Tensor, address: Address, rows: number): Float32Array {
    return this.#numbers.subarray(address / FLOAT, address / FLOAT + rows * size);
  }
}
