import * as tf from '@tensorflow/tfjs';
import { EnsembleError, show } from '../errors.js';
import type { MemberPlan, Named } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import type { MemberState } from '../protocol/thread.js';
import { quoted } from '../text/names.js';
import { ResolvedOptimizer } from '../train/optimizers/resolved.js';

/** Copies of the members' weights and optimizer states. Threads work on the copies; `commit` copies the weights to the caller's models. */
export class MemberStore {
  readonly states: Readonly<Record<string, MemberState>>;
  /** Slots and iterations at the last commit. */
  #committed: ReadonlyMap<string, Pick<MemberState, 'slots' | 'iterations'>> = new Map();
  readonly #optimizers: ReadonlyMap<string, ResolvedOptimizer>;

  constructor(
    members: readonly MemberPlan[],
    /** Each member's weights in the order of its plan. (The order of `model.weights` changes when a layer is frozen.) */
    private readonly weights: ReadonlyMap<string, readonly tf.LayerVariable[]>,
    optimizers: Readonly<Record<string, Named<'optimizer'>>> | null,
  ) {
    this.#optimizers = new Map(
      Object.entries(optimizers ?? {}).map(([name, config]) => [name, new ResolvedOptimizer(config)]),
    );
    this.states = Object.fromEntries(
      members.map((member) => [member.name, allocateState(member, this.#optimizers.get(member.name)?.slotCount ?? 0)]),
    );
    this.#remember();
  }

  /** Copies the models' current weights into the states. */
  read(): void {
    for (const [name, state] of this.#entries()) {
      readWeights(this.weights.get(name) ?? [], state.weights);
    }
  }

  /** Copies the states' weights into the models. */
  commit(): void {
    for (const [name, state] of this.#entries()) {
      writeWeights(this.weights.get(name) ?? [], state.weights);
    }
    this.#remember();
  }

  /** After a failure, resets slots and iterations to the last commit, which the models still have. */
  rollback(): void {
    for (const [name, state] of this.#entries()) {
      const from = this.#committed.get(name);
      if (from === undefined) continue;
      state.slots.set(from.slots);
      state.iterations.set(from.iterations);
    }
  }

  /**
   * The learning rate of a member's next update: the rate that was set, else the optimizer's rate at the member's iteration.
   * @throws EnsembleError `UNKNOWN_MEMBER` for a member that is not trained
   */
  learningRate(member: string): number {
    const { state, optimizer } = this.#trained(member);
    return optimizer.learningRate(state.iterations[0] ?? 0, state.learningRate[0] ?? NaN);
  }

  /**
   * Sets a member's learning rate, from its next training pass on. It replaces the number or the schedule of the member's optimizer.
   * @param rate a finite number > 0
   * @throws EnsembleError `INVALID_OPTION`; `UNKNOWN_MEMBER` for a member that is not trained
   */
  setLearningRate(member: string, rate: number): void {
    const { state } = this.#trained(member);
    if (!Number.isFinite(rate) || rate <= 0) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected the learning rate of member ${quoted([member])} to be a finite number > 0. Received: ${show(rate)}`,
      );
    }
    state.learningRate[0] = rate;
  }

  #trained(member: string): { readonly state: MemberState; readonly optimizer: ResolvedOptimizer } {
    const [state, optimizer] = [this.states[member], this.#optimizers.get(member)];
    if (state !== undefined && optimizer !== undefined) return { state, optimizer };
    throw new EnsembleError(
      'UNKNOWN_MEMBER',
      `Expected the name of a member that is trained: one of ${quoted(this.#optimizers.keys())}. Received: ${show(member)}`,
    );
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

/**
 * Allocates a member's state, all zero.
 * @param slots how many slots each trainable weight has
 */
function allocateState(plan: MemberPlan, slots: number): MemberState {
  return {
    weights: new Float32Array(new SharedArrayBuffer(4 * sizeOfWeights(plan.weights))),
    slots: new Float32Array(
      new SharedArrayBuffer(4 * slots * sizeOfWeights(plan.weights.filter(({ trainable }) => trainable))),
    ),
    iterations: new Float64Array(new SharedArrayBuffer(8)),
    learningRate: new Float64Array(new SharedArrayBuffer(8)).fill(NaN),
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

/** Copies a state's weights into a model. The model keeps its variables. */
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
