import { EnsembleError } from '../../errors.js';
import { Bell } from '../../protocol/bell.js';
import { Board } from '../../protocol/board.js';
import { Stopped } from '../../protocol/lockstep.js';
import type { EngineMember, MemberMemory, MemberSetup, MemberState, StepContext } from '../engine.js';
import { NOWHERE } from './address.js';
import { createMemory } from './kernels.js';
import { INFER, LEARN, Machine, PACK, TRAIN } from './machine.js';
import { programEnd } from './planning.js';
import { penaltyOf } from './update.js';

/** Base of a program that has a memory to itself. Address 0 is NOWHERE. */
const BASE = 1024;

/** A member in the thread that owns it. Other threads may do parts of its work. */
export class WasmMember implements EngineMember {
  readonly inputs: readonly Float32Array[];
  regularization = 0;

  readonly #machine: Machine;
  /** The learning rate that was set; NaN: the optimizer's own. */
  #changedRate = NaN;
  readonly #shared: { readonly board: Board; readonly bell: Bell } | null;

  constructor(
    private readonly setup: MemberSetup,
    module: WebAssembly.Module,
  ) {
    const { plan, batchSize, optimizer, slots, memory } = setup;
    const options = { plan, batchSize, optimizer, logits: slots.logits !== null };
    const { buffer, base } = memory ?? ownMemory(setup);
    this.#machine = new Machine({ ...options, base }, buffer, module);
    this.#shared = memory === null ? null : { board: new Board(memory.board), bell: new Bell(memory.bell) };
    this.inputs = this.#machine.program.inputs.map((tensor) => this.#machine.view(tensor, tensor.address, batchSize));
  }

  load(state: MemberState): void {
    this.#machine.program.weights.load(this.#machine.numbers, state);
    this.#machine.runtime.iteration = state.iterations[0] ?? 0;
    this.#changedRate = state.learningRate[0] ?? NaN;
    this.#run(PACK, 0);
  }

  store(state: MemberState): void {
    this.#machine.program.weights.store(this.#machine.numbers, state);
    state.iterations[0] = this.#machine.runtime.iteration;
  }

  /** Runs the model and writes its output, and its logits where asked for, to the member's slots. */
  forward({ rows, seed }: StepContext, training: boolean): void {
    const { program, runtime, kernels } = this.#machine;
    const { output, last, weights } = program;
    const { slots } = this.setup;
    runtime.seed = seed;
    this.#run(training ? TRAIN : INFER, rows);
    last?.activation.apply(kernels, last.logits.address, output.address, rows * output.size);
    slots.output.set(this.#machine.view(output, output.address, rows));
    if (last !== null) slots.logits?.set(this.#machine.view(last.logits, last.logits.address, rows));
    this.regularization = penaltyOf(weights, runtime);
  }

  /** Runs the backward pass from the gradients in the member's slots, and updates all weights. */
  backward(rows: number): void {
    const { program, kernels, optimizer, runtime } = this.#machine;
    const { output, last } = program;
    runtime.learningRate = optimizer?.learningRate(runtime.iteration, this.#changedRate) ?? 0;
    const { outputGradient, logitsGradient } = this.setup.slots;
    const count = rows * output.size;
    if (output.gradient !== NOWHERE) {
      const into = this.#machine.view(output, output.gradient, rows);
      if (outputGradient === null) into.fill(0);
      else into.set(outputGradient.subarray(0, count));
    }
    if (last !== null && last.logits.gradient !== NOWHERE) {
      const { logits, activation } = last;
      activation.differentiate(kernels, logits.address, output.address, output.gradient, output.gradient, count);
      const into = this.#machine.view(logits, logits.gradient, rows);
      const through = this.#machine.view(output, output.gradient, rows);
      for (let i = 0; i < count; i++) into[i] = (through[i] ?? 0) + (logitsGradient?.[i] ?? 0);
    }
    this.#run(LEARN, rows);
    runtime.iteration++;
  }

  /** Runs the segments in order. A segment with several parts is put up on the board for other threads. */
  #run(phase: number, rows: number): void {
    for (const [index, segment] of this.#machine.segments(phase).entries()) {
      const parts = segment.parts(rows);
      if (this.#shared === null || parts === 1) for (let part = 0; part < parts; part++) segment.run(part, rows);
      else this.#runShared(phase, index, rows, parts);
    }
  }

  #runShared(phase: number, index: number, rows: number, parts: number): void {
    if (this.#shared === null) return;
    const { board, bell } = this.#shared;
    const { seed, iteration, learningRate } = this.#machine.runtime;
    board.open({ phase, segment: index, rows, seed, iteration, learningRate }, parts);
    bell.ring();
    for (let taken = board.take(); taken !== null; taken = board.take()) {
      this.#machine.run(taken.stretch, taken.part);
      board.done();
    }
    for (;;) {
      const { rings } = bell;
      if (board.isDone) return;
      if (bell.isBroken) throw new Stopped();
      bell.wait(rings);
    }
  }
}

/** @throws EnsembleError `ENGINE_UNAVAILABLE` */
function ownMemory(setup: MemberSetup): Pick<MemberMemory, 'buffer' | 'base'> {
  const { plan, batchSize, optimizer, slots } = setup;
  const end = programEnd({ plan, batchSize, optimizer, logits: slots.logits !== null, base: BASE });
  const buffer = createMemory(end);
  if (buffer !== null) return { buffer, base: BASE };
  throw new EnsembleError(
    'ENGINE_UNAVAILABLE',
    `The engine "wasm" can't get the memory of member "${plan.name}": ${Math.ceil(end / 1e6)} MB for batches of ${batchSize}. ` +
      'Use a smaller `batchSize`, or engine "tfjs".',
  );
}
