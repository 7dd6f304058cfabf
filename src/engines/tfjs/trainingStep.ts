import * as tf from '@tensorflow/tfjs';
import type { StepContext } from '../engine.js';
import { onBehalfOf } from '../memberError.js';
import type { TfjsMember } from './member.js';
import { RepeatedStep } from './tensorflow/repeatedStep.js';
import type { StepLog } from './tensorflow/stepLog.js';

/** The training step of the members of one group in this thread. */
export class TrainingStep {
  /** The step of full batches, which can be replayed; null if the engine does not replay steps. */
  readonly #repeated: RepeatedStep | null;
  /** The exchange of the current step. */
  #exchange: () => void = () => undefined;

  constructor(
    private readonly members: readonly TfjsMember[],
    private readonly log: StepLog,
    replays: boolean,
  ) {
    this.#repeated = replays
      ? new RepeatedStep(log, () => {
          this.#train(this.#batchSize);
        })
      : null;
  }

  get #batchSize(): number {
    return this.members[0]?.batchSize ?? 0;
  }

  run({ rows, seed }: StepContext, exchange: () => void): void {
    this.#exchange = exchange;
    for (const member of this.members) member.beginStep(seed);
    if (this.#repeated !== null && rows === this.#batchSize) this.#repeated.run();
    else this.#train(rows);
  }

  #train(rows: number): void {
    try {
      tf.tidy(() => {
        const gradients = this.#gradients(rows);
        for (const member of this.members)
          onBehalfOf(member.name, () => {
            member.update(gradients);
          });
      });
    } catch (error) {
      for (const member of this.members) member.revert();
      throw error;
    }
  }

  /**
   * Computes the gradients of all members. tfjs runs forward and backward in one synchronous call, so the exchange happens inside this call.
   * If dy is constant, Σ⟨y, dy⟩ has the same gradient as the combined loss. Members share no weights, so one sum is enough for all.
   */
  #gradients(rows: number): Readonly<Record<string, tf.Tensor | undefined>> {
    const objective = (): tf.Scalar => {
      const forwards = this.members.map((member) => ({
        member,
        made: onBehalfOf(member.name, () => member.forward(rows, true)),
      }));
      this.log.run(() => {
        this.#exchange();
      });
      return tf.addN(forwards.flatMap(({ member, made }) => member.objective(made, rows)));
    };
    const variables = this.members.flatMap((member) => member.variables);
    const [anyVariable] = variables;
    if (anyVariable === undefined) {
      objective();
      return {};
    }
    const errors: Error[] = [];
    const { grads } = tf.variableGrads(() => {
      try {
        return objective();
      } catch (error) {
        // The error is thrown below, because tfjs frees the tensors that it keeps for the backward pass only at the end of that pass.
        errors.push(error instanceof Error ? error : new Error(String(error)));
        return anyVariable.sum<tf.Scalar>();
      }
    }, variables);
    const [error] = errors;
    if (error !== undefined) throw error;
    return grads;
  }

  dispose(): void {
    this.#repeated?.dispose();
  }
}
