import * as tf from '@tensorflow/tfjs';
import type { StepContext } from '../engine.js';
import { onBehalfOf } from '../memberError.js';
import type { TfjsMember } from './member.js';
import { RepeatedStep } from './tensorflow/repeatedStep.js';
import type { StepLog } from './tensorflow/stepLog.js';

/** The training step of the members of a group that are in this thread. */
export class TrainingStep {
  /** That of full batches; null where it is never replayed. */
  readonly #repeated: RepeatedStep | null;
  /** The current step's. */
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
   * tfjs computes gradients in one synchronous call, forward and backward together, so the exchange happens inside it: with dy
   * held constant, Σ⟨y, dy⟩ has the gradient that the combined loss has. Members share no weights, so one sum serves all.
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
        // Thrown further down: what tfjs keeps for the backward pass, it frees at the end of that pass only.
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
