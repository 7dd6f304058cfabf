import type * as tf from '@tensorflow/tfjs';
import { binding, withBinding, type Binding } from './ops.js';
import type { Instruction, Reader } from './trace.js';

/**
 * Through which a training step does whatever depends on more than tensors: takes numbers from JavaScript, looks at a tensor's, calls functions of
 * ours. It does so at once, and can write it down together with the ops that TensorFlow is given meanwhile, for a {@link Trace}.
 *
 * tfjs in between only decides which ops those are, and, as long as it looks at no numbers, decides the same at every step.
 */
export class StepLog {
  #recorder: Recorder | null = null;

  get isRecording(): boolean {
    return this.#recorder !== null;
  }

  /**
   * Does a step and writes it down. On the engine `tensorflow` only.
   * @returns null for a step that can't be replayed: numbers were looked at past this log, or tensors used that were there before
   */
  record(step: () => void): readonly Instruction[] | null {
    const recorder = new Recorder(binding());
    this.#recorder = recorder;
    try {
      withBinding(recorder.binding, step);
    } finally {
      this.#recorder = null;
    }
    return recorder.isWhole ? recorder.instructions : null;
  }

  run(action: () => void): void {
    this.#recorder?.instructions.push({ kind: 'run', action });
    action();
  }

  /** Passes on an array for a tensor whose numbers are others at each step. */
  input(values: Float32Array): Float32Array {
    this.#recorder?.inputs.add(values);
    return values;
  }

  read(tensor: tf.Tensor, action: Reader): void {
    const recorder = this.#recorder;
    if (recorder !== null) recorder.reader = action;
    const values = tensor.dataSync<'float32'>();
    // What tfjs still had in JavaScript it has not read from TensorFlow.
    if (recorder !== null && recorder.reader !== null) recorder.isWhole = false;
    action(values);
  }
}

/** What {@link StepLog} has written down so far. */
class Recorder {
  readonly instructions: Instruction[] = [];
  readonly inputs = new WeakSet<object>();
  /** To which the next numbers go that are read. */
  reader: Reader | null = null;
  /** Whether the instructions are all that the step has done. */
  isWhole = true;
  /** The addon, as tfjs-node sees it meanwhile. */
  readonly binding: Binding;
  /** Each tensor's number in the instructions, by the addon's. */
  readonly #numbers = new Map<number, number>();

  constructor(addon: Binding) {
    const executeOp: Binding['executeOp'] = (name, attributes, ids, count) => {
      const inputs = ids.map((id) => this.#numberOf(id));
      const made = addon.executeOp(name, attributes, ids, count);
      const outputs = made.map(({ id }) => this.#add(id));
      this.instructions.push({ kind: 'op', name, attributes, inputs, outputs });
      return made;
    };
    const createTensor: Binding['createTensor'] = (shape, dtype, values) => {
      const id = addon.createTensor(shape, dtype, values);
      const kind = this.inputs.has(values) ? 'input' : 'constant';
      this.instructions.push({ kind, shape, dtype, values, output: this.#add(id) });
      return id;
    };
    const tensorDataSync: Binding['tensorDataSync'] = (id) => {
      if (this.reader === null) this.isWhole = false;
      else this.instructions.push({ kind: 'read', tensor: this.#numberOf(id), action: this.reader });
      this.reader = null;
      return addon.tensorDataSync(id);
    };
    // The addon's own properties can't be written to. Tensors that are deleted need no note: a trace finds their last use itself.
    const methods = { executeOp, createTensor, tensorDataSync };
    const properties = Object.entries(methods).map(([name, value]) => [name, { value }]);
    this.binding = Object.create(addon, Object.fromEntries(properties) as PropertyDescriptorMap) as Binding;
  }

  #add(id: number): number {
    const number = this.#numbers.size;
    this.#numbers.set(id, number);
    return number;
  }

  #numberOf(id: number): number {
    const number = this.#numbers.get(id);
    if (number === undefined) this.isWhole = false;
    return number ?? -1;
  }
}
