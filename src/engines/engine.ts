import type { MemberPlan, Named } from '../protocol/plan.js';
import type { MemberMemory, MemberSlots, MemberState, SharedMember } from '../protocol/thread.js';

export type { MemberMemory, MemberSlots, MemberState, SharedMember };

/** What an engine is given to make a member. */
export interface MemberSetup {
  readonly plan: MemberPlan;
  /** Null where nothing is trained: predictions only. */
  readonly optimizer: Named<'optimizer'> | null;
  /** Largest number of rows in a batch. */
  readonly batchSize: number;
  readonly slots: MemberSlots;
  /** The member's place in memory that other threads can work on too; null: the engine's own. */
  readonly memory: MemberMemory | null;
}

/** A member in its thread. */
export interface EngineMember {
  /** Where a batch is gathered to: an array for each of the member's inputs, `batchSize` rows. */
  readonly inputs: readonly Float32Array[];
  /** Sum of the regularisation losses at the last forward of `train` or `infer`. */
  readonly regularization: number;
  /** Takes over weights, slots, iterations and a learning rate that was set. */
  load(state: MemberState): void;
  /** Writes weights, slots and iterations back. */
  store(state: MemberState): void;
}

/** A batch as an engine needs to know it. */
export interface StepContext {
  /** Rows of this batch, at most `batchSize`. */
  readonly rows: number;
  /** Seed of the run; noise is keyed by it, the member's name, the layer's place (model/layers.ts), the member's iteration, row and element. */
  readonly seed: number;
}

/** Computes members' forward, backward and update in a thread. */
export interface Engine<Member extends EngineMember = EngineMember> {
  readonly name: string;
  /** The kernels taken, for the run's record: `tfjs wasm simd`. */
  readonly build: string;

  /** @throws EnsembleError where the engine can't run the member, naming the layer. */
  create(setup: MemberSetup): Promise<Member>;

  /**
   * One training step of members of one group: forward of all in training mode into their slots, then `exchange`, which
   * returns once the gradients are in their slots, then backward and update of all. An error thrown by `exchange` leaves weights and state
   * as they were.
   * @throws MemberError where it is known which member failed
   */
  train(members: readonly Member[], context: StepContext, exchange: () => void): void;

  /** Forward in inference mode into the slots. */
  infer(members: readonly Member[], context: StepContext): void;

  /** Tells of other threads' members whose work this thread may do parts of. */
  assist?(members: readonly SharedMember[]): void;

  /** Does a part of the work of one of those. False where there is none to be had. */
  help?(): boolean;

  close(): void;
}
