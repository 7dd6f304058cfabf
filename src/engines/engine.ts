import type { MemberPlan, Named } from '../protocol/plan.js';
import type { MemberMemory, MemberSlots, MemberState, SharedMember } from '../protocol/thread.js';

export type { MemberMemory, MemberSlots, MemberState, SharedMember };

/** The data from which an engine creates a member. */
export interface MemberSetup {
  readonly plan: MemberPlan;
  /** Null if the session does not train. */
  readonly optimizer: Named<'optimizer'> | null;
  /** Largest number of rows in a batch. */
  readonly batchSize: number;
  readonly slots: MemberSlots;
  /** The member's place in memory that several threads use; null if the engine has memory of its own. */
  readonly memory: MemberMemory | null;
}

/** A member that an engine has created in its thread. */
export interface EngineMember {
  /** An array of `batchSize` rows for each of the member's inputs. The caller writes the batch to it. */
  readonly inputs: readonly Float32Array[];
  /** Sum of the regularisation losses in the last forward pass of `train` or `infer`. */
  readonly regularization: number;
  /** Copies weights, slots, iterations and the learning rate from the state. */
  load(state: MemberState): void;
  /** Copies weights, slots and iterations to the state. */
  store(state: MemberState): void;
}

/** Facts about a step that an engine needs. */
export interface StepContext {
  /** Rows of this batch, at most `batchSize`. */
  readonly rows: number;
  /** Seed of the training. Noise depends on it, the member's name, the layer's place (model/layers.ts), the iteration, the row and the element. */
  readonly seed: number;
}

/** An engine in a thread. It computes members' forward, backward and update. */
export interface Engine<Member extends EngineMember = EngineMember> {
  readonly name: string;
  /** The build in use, for the run's record, such as `tfjs 4.22.0 wasm simd`. */
  readonly build: string;

  /** @throws EnsembleError naming the layer, if the engine can't run the member */
  create(setup: MemberSetup): Promise<Member>;

  /**
   * Runs one training step of members of one group. First it runs forward in training mode and writes the outputs to the slots. Then it
   * calls `exchange`, which fills the gradient slots. Then it runs backward and update. If `exchange` throws, weights and state do not change.
   * @throws MemberError if it is known which member failed
   */
  train(members: readonly Member[], context: StepContext, exchange: () => void): void;

  /** Runs forward in inference mode and writes the outputs to the slots. */
  infer(members: readonly Member[], context: StepContext): void;

  /** Prepares to help with these members of other threads. */
  assist?(members: readonly SharedMember[]): void;

  /** Computes one part of the work of those members. Returns false if no part is open. */
  help?(): boolean;

  close(): void;
}
