import type * as tf from '@tensorflow/tfjs';
import { binding, withBinding, type Binding } from './ops.js';
import type { Instruction, Reader } from './trace.js';

/**
 * Everything in a training step that is not a TensorFlow op goes through the log: reading a tensor, passing in an array, calling a function of
 * this package. It runs at once. While recording, it is also appended to a list of instructions, together with TensorFlow's ops, for a
 * {@link Trace}.
 *
 * tfjs decides which ops a step has. As long as it reads no numbers, it decides the same in every step.
 */
export class StepLog {
  #recorder: Recorder | null = null;

  get isRecording(): boolean {
    return this.#recorder !== null;
  }

  /**
   * Runs a step and records it. It works only with the engine `tensorflow`.
   * @returns the instructions; null if the step can't be replayed, because it read numbers without this log or used tensors from before
   *   the step
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

  /** Marks an array that a tensor is made of, and returns it. A replay makes the tensor again with the array's current numbers. */
  input(values: Float32Array): Float32Array {
    this.#recorder?.inputs.add(values);
    return values;
  }

  read(tensor: tf.Tensor, action: Reader): void {
    const recorder = this.#recorder;
    if (recorder !== null) recorder.reader = action;
    const values = tensor.dataSync<'float32'>();
    // tfjs had the numbers in JavaScript, so it did not read them from TensorFlow, and the recording lacks this read.
    if (recorder !== null && recorder.reader !== null) recorder.isWhole = false;
    action(values);
  }
}

/** Records the instructions of one step for {@link StepLog}. */
class Recorder {
  readonly instructions: Instruction[] = [];
  readonly inputs = new WeakSet<object>();
  /** Receives the numbers of the next read; null if no read is expected. */
  reader: Reader | null = null;
  /** Whether the instructions are complete. */
  isWhole = true;
  /** The addon that tfjs-node uses during the recording. */
  readonly binding: Binding;
  /** Each tensor's number in the instructions, by its id in the addon. */
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
    // The addon's own properties are read-only, so a derived object replaces them. Deletions are not recorded, because a trace finds the last use
    // of each tensor itself.
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
