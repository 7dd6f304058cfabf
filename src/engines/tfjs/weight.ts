import * as tf from '@tensorflow/tfjs';
import type { WeightSpec } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import { variableOf } from './layers.js';
import type { StepLog } from './tensorflow/stepLog.js';
import type { Reader } from './tensorflow/trace.js';

/**
 * A weight in two places: the variable that the model computes with, and its numbers in JavaScript, which the optimizer
 * updates. Between steps both are the same, but for replayed steps (repeatedStep.ts), which leave the variable as it was.
 */
export class TfjsWeight {
  readonly trainable: boolean;
  readonly values: Float32Array;
  /** The optimizer's, for this weight. */
  readonly slots: readonly Float32Array[];
  readonly variable: tf.Variable;
  /** Data of the variable when it was last the same as `values`; assigning makes it other data. */
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

  /** Takes over the numbers as they are. */
  set(values: Float32Array): void {
    this.values.set(values);
    this.#assign(this.values.slice());
  }

  /** To be called before the variable is computed with. */
  prepare(): void {
    if (this.log.isRecording) this.#assign(this.log.input(this.values));
    else if (this.#isAhead) this.#assign(this.values.slice());
  }

  /** Changes `values` by what is given for a tensor. */
  update(tensor: tf.Tensor, change: Reader): void {
    this.log.read(tensor, (numbers) => {
      change(numbers);
      this.#isAhead = true;
    });
  }

  /** After an update of `values`: to the variable, through the weight's constraint where it has one. */
  commit(): void {
    const value = this.#tensor(this.values.slice());
    // (tfjs's own training passes constraints over.)
    this.weight.write(value);
    value.dispose();
    if (isConstrained(this.weight)) this.values.set(this.variable.dataSync());
    this.#agree();
  }

  /** Takes over what a forward pass wrote to the variable, such as moving averages. */
  refresh(): void {
    if (this.variable.dataId === this.#known) return;
    this.update(this.variable, (numbers) => {
      this.values.set(numbers);
    });
    this.#agree();
  }

  /** Takes back what a forward pass wrote to the variable. */
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

  /** Of a copy of `values`: the JavaScript backend would keep the array itself, and later updates would reach into earlier tensors. */
  #tensor(values: Float32Array): tf.Tensor {
    return tf.tensor(values, [...this.spec.shape], 'float32');
  }
}

/** Typed as always there. */
function isConstrained(weight: { readonly constraint?: unknown }): boolean {
  return weight.constraint !== undefined && weight.constraint !== null;
}
