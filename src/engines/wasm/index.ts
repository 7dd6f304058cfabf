import { Bell } from '../../protocol/bell.js';
import { Board } from '../../protocol/board.js';
import type { SimdOption } from '../../protocol/plan.js';
import type { Engine, MemberSetup, SharedMember, StepContext } from '../engine.js';
import { loadKernels, type KernelModule } from './kernels.js';
import { Machine } from './machine.js';
import { WasmMember } from './member.js';

/** The engine that computes members with this project's own SIMD kernels. */
export function createWasmEngine(simd: SimdOption = 'auto'): Engine<WasmMember> {
  return new WasmEngine(loadKernels(simd));
}

class WasmEngine implements Engine<WasmMember> {
  readonly name = 'wasm';
  readonly build: string;
  #assisted: readonly Assisted[] = [];

  constructor(private readonly kernels: KernelModule) {
    this.build = `wasm ${kernels.build}`;
  }

  create(setup: MemberSetup): Promise<WasmMember> {
    return Promise.resolve(new WasmMember(setup, this.kernels.module));
  }

  train(members: readonly WasmMember[], context: StepContext, exchange: () => void): void {
    for (const member of members) member.forward(context, true);
    exchange();
    for (const member of members) member.backward(context.rows);
  }

  infer(members: readonly WasmMember[], context: StepContext): void {
    for (const member of members) member.forward(context, false);
  }

  assist(members: readonly SharedMember[]): void {
    this.#assisted = members.map(({ memory, ...options }) => ({
      machine: new Machine({ ...options, base: memory.base }, memory.buffer, this.kernels.module),
      board: new Board(memory.board),
      bell: new Bell(memory.bell),
    }));
  }

  help(): boolean {
    for (const { machine, board, bell } of this.#assisted) {
      const taken = board.take();
      if (taken === null) continue;
      machine.run(taken.stretch, taken.part);
      if (board.done()) bell.ring();
      return true;
    }
    return false;
  }

  close(): void {
    this.#assisted = [];
  }
}

/** A member of another thread, whose work this thread takes parts of. */
interface Assisted {
  readonly machine: Machine;
  readonly board: Board;
  readonly bell: Bell;
}
