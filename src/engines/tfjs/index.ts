import * as tf from '@tensorflow/tfjs';
import type { TfjsEngineName } from '../../protocol/plan.js';
import type { Engine, MemberSetup, StepContext } from '../engine.js';
import { onBehalfOf } from '../memberError.js';
import { selectBackend } from './backend.js';
import { TfjsMember } from './member.js';

/** The engines that run members in TensorFlow.js itself, with every layer that it has. */
export async function createTfjsEngine(name: TfjsEngineName = 'tfjs'): Promise<Engine<TfjsMember>> {
  return new TfjsEngine(name, await selectBackend(name));
}

class TfjsEngine implements Engine<TfjsMember> {
  readonly #members: TfjsMember[] = [];

  constructor(
    readonly name: TfjsEngineName,
    readonly build: string,
  ) {}

  async create(setup: MemberSetup): Promise<TfjsMember> {
    const member = await TfjsMember.create(setup, this.name);
    this.#members.push(member);
    return member;
  }

  train(members: readonly TfjsMember[], context: StepContext, exchange: () => void): void {
    try {
      tf.tidy(() => {
        const gradients = gradientsOf(members, context, exchange);
        for (const member of members)
          onBehalfOf(member.name, () => {
            member.update(gradients);
          });
      });
    } catch (error) {
      for (const member of members) member.revert();
      throw error;
    }
  }

  infer(members: readonly TfjsMember[], context: StepContext): void {
    tf.tidy(() => {
      for (const member of members) onBehalfOf(member.name, () => member.forward(context, false));
    });
  }

  close(): void {
    for (const member of this.#members.splice(0)) member.dispose();
  }
}

/**
 * tfjs computes gradients in one synchronous call, forward and backward together, so the exchange happens inside it: with dy
 * held constant, Σ⟨y, dy⟩ has the gradient that the combined loss has. Members share no weights, so one sum serves all.
 */
function gradientsOf(
  members: readonly TfjsMember[],
  context: StepContext,
  exchange: () => void,
): Readonly<Record<string, tf.Tensor | undefined>> {
  const objective = (): tf.Scalar => {
    const forwards = members.map((member) => ({
      member,
      made: onBehalfOf(member.name, () => member.forward(context, true)),
    }));
    exchange();
    return tf.addN(forwards.flatMap(({ member, made }) => member.objective(made, context.rows)));
  };
  const variables = members.flatMap((member) => member.variables);
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
