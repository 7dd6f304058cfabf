import * as tf from '@tensorflow/tfjs';
import type { MemberPlan, OptimizerConfig } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import type { MemberState } from '../protocol/thread.js';
import { createOptimizer } from '../train/optimizers/index.js';

/** The members' states between the caller's models, which hold the truth, and the threads, which work on copies. */
export class MemberStore {
  readonly states: Readonly<Record<string, MemberState>>;
  /** Slots and iterations at the last commit. */
  #committed: ReadonlyMap<string, Omit<MemberState, 'weights'>> = new Map();

  constructor(
    members: readonly MemberPlan[],
    /** Each member's weights in the order of its plan. (That of `model.weights` changes with what is trainable.) */
    private readonly weights: ReadonlyMap<string, readonly tf.LayerVariable[]>,
    optimizers: Readonly<Record<string, OptimizerConfig>> | null,
  ) {
    this.states = Object.fromEntries(
      members.map((member) => [member.name, allocateState(member, optimizers?.[member.name] ?? null)]),
    );
    this.#remember();
  }

  /** Takes the models' weights of this moment. */
  read(): void {
    for (const [name, state] of this.#entries()) {
      readWeights(this.weights.get(name) ?? [], state.weights);
    }
  }

  /** Puts the threads' results into the models. */
  commit(): void {
    for (const [name, state] of this.#entries()) {
      writeWeights(this.weights.get(name) ?? [], state.weights);
    }
    this.#remember();
  }

  /** After a failure: back to the last commit, as the models are. */
  rollback(): void {
    for (const [name, state] of this.#entries()) {
      const from = this.#committed.get(name);
      if (from === undefined) continue;
      state.slots.set(from.slots);
      state.iterations.set(from.iterations);
    }
  }

  #entries(): [string, MemberState][] {
    return Object.entries(this.states);
  }

  #remember(): void {
    this.#committed = new Map(
      this.#entries().map(([name, { slots, iterations }]) => [
        name,
        { slots: slots.slice(), iterations: iterations.slice() },
      ]),
    );
  }
}

/** A state of the right size, all zero; without an optimizer it has weights only. */
function allocateState(plan: MemberPlan, optimizer: OptimizerConfig | null): MemberState {
  const slots = optimizer === null ? 0 : createOptimizer(optimizer).slots;
  return {
    weights: new Float32Array(new SharedArrayBuffer(4 * sizeOfWeights(plan.weights))),
    slots: new Float32Array(
      new SharedArrayBuffer(4 * slots * sizeOfWeights(plan.weights.filter(({ trainable }) => trainable))),
    ),
    iterations: new Float64Array(new SharedArrayBuffer(8)),
  };
}

/** Copies a model's weights into a state. */
function readWeights(weights: readonly tf.LayerVariable[], into: Float32Array): void {
  let offset = 0;
  for (const weight of weights) {
    const values = weight.read().dataSync<'float32'>();
    into.set(values, offset);
    offset += values.length;
  }
}

/** Copies a state's weights into a model; the model's own variables stay. */
function writeWeights(weights: readonly tf.LayerVariable[], from: Float32Array): void {
  tf.tidy(() => {
    let offset = 0;
    for (const weight of weights) {
      const { shape, size } = weight.read();
      weight.write(tf.tensor(from.slice(offset, offset + size), shape));
      offset += size;
    }
  });
}
