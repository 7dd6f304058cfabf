import { isDeepStrictEqual } from 'node:util';
import { binding, type Binding, type OpAttribute, type TensorValues } from './ops.js';

/** One instruction of a step. Tensors are numbered in the order of their creation. */
export type Instruction =
  | {
      readonly kind: 'op';
      readonly name: string;
      readonly attributes: readonly OpAttribute[];
      readonly inputs: readonly number[];
      readonly outputs: readonly number[];
    }
  | {
      /** A tensor that is made from an array: `constant` if it is the same in each step, `input` if it has the current numbers of `values`. */
      readonly kind: 'constant' | 'input';
      readonly shape: readonly number[];
      readonly dtype: number;
      readonly values: TensorValues;
      readonly output: number;
    }
  | { readonly kind: 'read'; readonly tensor: number; readonly action: Reader }
  | { readonly kind: 'run'; readonly action: () => void };

/** Receives a tensor's numbers. */
export type Reader = (values: Float32Array) => void;

/** Whether two recordings are equal: the same ops on the same tensors, with the same constants. */
export function areSame(a: readonly Instruction[], b: readonly Instruction[]): boolean {
  return isDeepStrictEqual(a.map(withoutVariables), b.map(withoutVariables));
}

/** The part of an instruction that must be the same in each step. */
function withoutVariables(instruction: Instruction): object {
  switch (instruction.kind) {
    case 'op':
    case 'constant':
      return instruction;
    case 'input': {
      const { kind, shape, dtype, output } = instruction;
      return { kind, shape, dtype, output };
    }
    case 'read':
      return { kind: instruction.kind, tensor: instruction.tensor };
    case 'run':
      return { kind: instruction.kind };
  }
}

interface Entry {
  readonly instruction: Exclude<Instruction, { kind: 'constant' }>;
  /** Tensors whose last use is this instruction. */
  readonly last: readonly number[];
}

/**
 * Replays a recorded step. It calls TensorFlow directly, without tfjs's layers, its gradient tape and its tensors. The same ops on the same
 * numbers give the same bits.
 */
export class Trace {
  readonly #binding: Binding = binding();
  readonly #entries: readonly Entry[];
  readonly #constants: number[] = [];
  /** The addon's id of each tensor that exists now; −1 for a tensor that does not exist. */
  readonly #ids: number[] = [];

  constructor(instructions: readonly Instruction[]) {
    const steps = instructions.filter((instruction) => instruction.kind !== 'constant');
    const lastUse = new Map<number, number>();
    for (const [i, step] of steps.entries()) for (const tensor of tensorsOf(step)) lastUse.set(tensor, i);
    for (const instruction of instructions) {
      if (instruction.kind !== 'constant') continue;
      const { shape, dtype, values, output } = instruction;
      this.#ids[output] = this.#binding.createTensor(shape, dtype, values);
      this.#constants.push(output);
      lastUse.delete(output);
    }
    this.#entries = steps.map((instruction, i) => ({
      instruction,
      last: [...new Set(tensorsOf(instruction))].filter((tensor) => lastUse.get(tensor) === i),
    }));
  }

  replay(): void {
    try {
      for (const { instruction, last } of this.#entries) {
        this.#do(instruction);
        for (const tensor of last) this.#delete(tensor);
      }
    } catch (error) {
      for (const { last } of this.#entries) for (const tensor of last) this.#delete(tensor);
      throw error;
    }
  }

  #do(instruction: Entry['instruction']): void {
    switch (instruction.kind) {
      case 'op': {
        const { name, attributes, inputs, outputs } = instruction;
        const made = this.#binding.executeOp(
          name,
          attributes,
          inputs.map((input) => this.#idOf(input)),
          outputs.length,
        );
        for (const [i, { id }] of made.entries()) this.#ids[outputs[i] ?? -1] = id;
        return;
      }
      case 'input': {
        const { shape, dtype, values, output } = instruction;
        this.#ids[output] = this.#binding.createTensor(shape, dtype, values);
        return;
      }
      case 'read':
        instruction.action(this.#binding.tensorDataSync(this.#idOf(instruction.tensor)) as Float32Array);
        return;
      case 'run':
        instruction.action();
    }
  }

  #idOf(tensor: number): number {
    return this.#ids[tensor] ?? -1;
  }

  #delete(tensor: number): void {
    const id = this.#idOf(tensor);
    if (id === -1) return;
    this.#ids[tensor] = -1;
    this.#binding.deleteTensor(id);
  }

  dispose(): void {
    for (const tensor of this.#constants.splice(0)) this.#delete(tensor);
  }
}

function tensorsOf(instruction: Instruction): readonly number[] {
  switch (instruction.kind) {
    case 'op':
      return [...instruction.inputs, ...instruction.outputs];
    case 'constant':
    case 'input':
      return [instruction.output];
    case 'read':
      return [instruction.tensor];
    case 'run':
      return [];
  }
}
