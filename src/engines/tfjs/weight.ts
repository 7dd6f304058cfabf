import * as tf from '@tensorflow/tfjs';
import type { WeightSpec } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import { variableOf } from './layers.js';
import type { StepLog } from './tensorflow/stepLog.js';
import type { Reader } from './tensorflow/trace.js';

/**
 * A weight, which is stored twice: as the variable of the model, and as an array in JavaScript, which the optimizer updates. Between steps
 * both are equal. Only replayed steps (repeatedStep.ts) do not update the variable.
 */
export class TfjsWeight {
  readonly trainable: boolean;
  readonly values: Float32Array;
  /** The optimizer's slots for this weight. */
  readonly slots: readonly Float32Array[];
  readonly variable: tf.Variable;
  /** The variable's data when it was last equal to `values`. An assignment gives the variable new data. */
  #known: object | null = null;
  /** Whether `values` are newer than the variable. */
  #isAhead = false;

  constructor(
    private readonly spec: WeightSpec,
    private readonly weight: tf.LayerVariable,
    slots: number,
    private readonly log: StepLog,
    allocate: (size: number) => Float32Array,
  ) {
    const size = sizeOf(spec.shape);
    this.trainable = spec.trainable;
    this.values = spec.trainable ? allocate(size) : new Float32Array(size);
    this.slots = spec.trainable ? Array.from({ length: slots }, () => allocate(size)) : [];
    this.variable = variableOf(weight);
  }

  /** Sets the array and the variable. */
  set(values: Float32Array): void {
    this.values.set(values);
    this.#assign(this.values.slice());
  }

  /** Call it before the model uses the variable. */
  prepare(): void {
    if (this.log.isRecording) this.#assign(this.log.input(this.values));
    else if (this.#isAhead) this.#assign(this.values.slice());
  }

  /** Reads a tensor and calls `change`, which updates `values` with its numbers. */
  update(tensor: tf.Tensor, change: Reader): void {
    this.log.read(tensor, (numbers) => {
      change(numbers);
      this.#isAhead = true;
    });
  }

  /** Copies `values` to the variable after an update, and applies the weight's constraint if it has one. */
  commit(): void {
    const value = this.#tensor(this.values.slice());
    // `write` applies the constraint. (tfjs's own training ignores constraints.)
    this.weight.write(value);
    value.dispose();
    if (isConstrained(this.weight)) this.values.set(this.variable.dataSync());
    this.#agree();
  }

  /** Copies changes of the variable by a forward pass, such as moving averages, to `values`. */
  refresh(): void {
    if (this.variable.dataId === this.#known) return;
    this.update(this.variable, (numbers) => {
      this.values.set(numbers);
    });
    this.#agree();
  }

  /** Undoes changes of the variable by a forward pass. */
  revert(): void {
    if (this.variable.dataId !== this.#known) this.#assign(this.values.slice());
  }

  #assign(values: Float32Array): void {
    const value = this.#tensor(values);
    this.variable.assign(value);
    value.dispose();
    this.#agree();
  }

  #agree(): void {
    this.#known = this.variable.dataId;
    this.#isAhead = false;
  }

  /** Pass a copy of `values`: the JavaScript backend keeps the array itself, so later updates would change earlier tensors. */
  #tensor(values: Float32Array): tf.Tensor {
    return tf.tensor(values, [...this.spec.shape], 'float32');
  }
}

/** The type of `constraint` says that it always exists, but it may be undefined. */
function isConstrained(weight: { readonly constraint?: unknown }): boolean {
  return weight.constraint !== undefined && weight.constraint !== null;
}
