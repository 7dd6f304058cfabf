import * as tf from '@tensorflow/tfjs';
import type { WeightSpec } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import { variableOf } from './layers.js';

/**
 * A weight in two places: the variable that the model computes with, and its numbers in JavaScript, which the optimizer
 * updates. Between steps both are the same.
 */
export class TfjsWeight {
  readonly trainable: boolean;
  readonly values: Float32Array;
  /** The optimizer's, for this weight. */
  readonly slots: readonly Float32Array[];
  readonly variable: tf.Variable;
  /** Data of the variable when it was last the same as `values`; assigning makes it other data. */
  #known: object | null = null;

  constructor(
    private readonly spec: WeightSpec,
    private readonly weight: tf.LayerVariable,
    slots: number,
  ) {
    const size = sizeOf(spec.shape);
    this.trainable = spec.trainable;
    this.values = new Float32Array(size);
    this.slots = spec.trainable ? Array.from({ length: slots }, () => new Float32Array(size)) : [];
    this.variable = variableOf(weight);
  }

  /** Takes over the numbers as they are. */
  set(values: Float32Array): void {
    this.values.set(values);
    this.revert(true);
  }

  /** After an update of `values`: to the variable, through the weight's constraint where it has one. */
  commit(): void {
    const value = this.#tensor();
    // (tfjs's own training passes constraints over.)
    this.weight.write(value);
    value.dispose();
    if (isConstrained(this.weight)) this.values.set(this.variable.dataSync());
    this.#known = this.variable.dataId;
  }

  /** Takes over what a forward pass wrote to the variable, such as moving averages. */
  refresh(): void {
    if (this.variable.dataId === this.#known) return;
    this.values.set(this.variable.dataSync());
    this.#known = this.variable.dataId;
  }

  /** Takes back what a forward pass wrote to the variable. */
  revert(always = false): void {
    if (!always && this.variable.dataId === this.#known) return;
    const value = this.#tensor();
    this.variable.assign(value);
    value.dispose();
    this.#known = this.variable.dataId;
  }

  /** A copy: the JavaScript backend would keep the array itself, and later updates would reach into earlier tensors. */
  #tensor(): tf.Tensor {
    return tf.tensor(this.values.slice(), [...this.spec.shape], 'float32');
  }
}

/** Typed as always there. */
function isConstrained(weight: { readonly constraint?: unknown }): boolean {
  return weight.constraint !== undefined && weight.constraint !== null;
}
