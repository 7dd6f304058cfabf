import * as tf from '@tensorflow/tfjs';
import type { Engine, MemberSetup, StepContext } from '../engine.js';
import { onBehalfOf } from '../memberError.js';
import { selectBackend, type TfjsEngineName } from './backend.js';
import { TfjsMember } from './member.js';
import { StepLog } from './tensorflow/stepLog.js';
import { TrainingStep } from './trainingStep.js';

/**
 * Starts an engine that runs members in TensorFlow.js, with all of its layers.
 * @param mayReplay false if a layer may do something different in each step. The engine `tfjs` never replays steps
 */
export async function createTfjsEngine(name: TfjsEngineName = 'tfjs', mayReplay = true): Promise<Engine<TfjsMember>> {
  return new TfjsEngine(name, await selectBackend(name), mayReplay && name === 'tensorflow');
}

class TfjsEngine implements Engine<TfjsMember> {
  readonly #members: TfjsMember[] = [];
  readonly #log = new StepLog();
  /** The step of each group, by the group's first member in this thread. */
  readonly #steps = new Map<TfjsMember, TrainingStep>();

  constructor(
    readonly name: TfjsEngineName,
    readonly build: string,
    private readonly replays: boolean,
  ) {}

  async create(setup: MemberSetup): Promise<TfjsMember> {
    const member = await TfjsMember.create(setup, this.name, this.#log);
    this.#members.push(member);
    return member;
  }

  train(members: readonly TfjsMember[], context: StepContext, exchange: () => void): void {
    const [first] = members;
    if (first === undefined) throw new Error('Expected a step to have members. Received: none');
    const step = this.#steps.get(first) ?? new TrainingStep(members, this.#log, this.replays);
    this.#steps.set(first, step);
    step.run(context, exchange);
  }

  infer(members: readonly TfjsMember[], { rows }: StepContext): void {
    tf.tidy(() => {
      for (const member of members) onBehalfOf(member.name, () => member.forward(rows, false));
    });
  }

  close(): void {
    for (const step of this.#steps.values()) step.dispose();
    this.#steps.clear();
    for (const member of this.#members.splice(0)) member.dispose();
  }
}
