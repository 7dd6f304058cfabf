import type { SharedArray } from './data.js';
import type { GroupPlan, LogitsActivation, MemberPlan, Named, Objective, OutputPlan, SimdOption } from './plan.js';

/**
 * The calls from the coordinator to a thread. Arguments and answers are plain data. Typed arrays are in shared memory, so a thread that
 * receives an array shares it with the sender.
 */
export interface ThreadApi {
  open(setup: ThreadSetup): Promise<Outcome<OpenReport>>;
  /** Blocks the thread until the pass is over or was stopped. */
  run(pass: Pass): Promise<Outcome<PassReport>>;
  close(): Promise<void>;
}

/** A result, or an error as plain data, because Comlink drops an error's code and cause. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorReport };

export interface ErrorReport {
  /** The member that was being computed; null if it is not known. */
  readonly member: string | null;
  /** Code of an `EnsembleError`; null for other errors. */
  readonly code: string | null;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export interface ThreadSetup {
  /** Members of this thread, in the order of the plan. */
  readonly members: readonly ThreadMember[];
  /** Groups that have a member in this thread, in the order of the plan. All threads go through groups in this order. */
  readonly groups: readonly ThreadGroup[];
  readonly settings: ThreadSettings;
  /** Members of other threads that this thread may help with. */
  readonly shared: readonly SharedMember[];
  /** The session's bell (bell.ts). */
  readonly bell: Int32Array<SharedArrayBuffer>;
  /** URL of a module that registers custom layers; null if the ensemble has none. */
  readonly setupModule: string | null;
}

/** The session's settings that threads read. The coordinator sends all settings. */
export interface ThreadSettings {
  /** Largest number of rows in a batch. */
  readonly batchSize: number;
  /** Seed of dropout and other noise. */
  readonly seed: number;
  readonly simd: SimdOption;
  /** Number of the session's threads. */
  readonly threads: number;
}

export interface ThreadMember {
  readonly plan: MemberPlan;
  readonly optimizer: Named<'optimizer'> | null;
  /** The engine's name (engines/catalog.ts). */
  readonly engine: string;
  readonly state: MemberState;
  /** Null if the engine has memory of its own. */
  readonly memory: MemberMemory | null;
}

/** A member's place in memory that several threads use. */
export interface MemberMemory {
  readonly buffer: WebAssembly.Memory;
  /** First address, in bytes. */
  readonly base: number;
  /** The member's board (board.ts). */
  readonly board: SharedArrayBuffer;
  /** The session's bell (bell.ts). */
  readonly bell: Int32Array<SharedArrayBuffer>;
}

/** A member of another thread, with all that a helper needs. */
export interface SharedMember {
  readonly plan: MemberPlan;
  readonly engine: string;
  readonly optimizer: Named<'optimizer'> | null;
  readonly batchSize: number;
  /** Whether a loss needs the member's logits. */
  readonly logits: boolean;
  readonly memory: MemberMemory;
}

/** A group, with all that a thread needs to do the exchange for all of its threads. */
export interface ThreadGroup {
  readonly plan: GroupPlan;
  /** All members of the group, also those of other threads. */
  readonly members: readonly MemberPlan[];
  /** Each member's slots, in the same order. */
  readonly slots: readonly MemberSlots[];
  readonly outputs: readonly ThreadOutput[];
  /** Number of threads that have a member of this group. */
  readonly parties: number;
  /** The group's meetings (lockstep.ts). */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** Sums of losses and metrics over the pass so far, in the order of train/sums.ts. */
  readonly sums: Float64Array<SharedArrayBuffer>;
}

export interface ThreadOutput {
  readonly plan: OutputPlan;
  /** Null for predictions. */
  readonly objective: Objective | null;
  /** The last activation at whose logits the gradient is taken; null if the gradient is taken at the output. */
  readonly gradientThrough: LogitsActivation | null;
}

/** Memory that a member shares with the exchange. Each array has `batchSize` rows of one sample's output, row-major. */
export interface MemberSlots {
  readonly output: Float32Array;
  /** ∂L/∂output, read after the exchange; null if no loss takes its gradient at the member's output. */
  readonly outputGradient: Float32Array | null;
  /** Null if no loss needs the member's logits. */
  readonly logits: Float32Array | null;
  readonly logitsGradient: Float32Array | null;
}

/** A member's weights and the state of its optimizer, as flat arrays in the order of the plan's weights. */
export interface MemberState {
  /** All weights, trainable and frozen, one after the other. */
  readonly weights: Float32Array;
  /** The optimizer's slots, one after the other. Each has as many elements as all trainable weights together. */
  readonly slots: Float32Array;
  /** One number: how many updates were done so far. */
  readonly iterations: Float64Array;
  /** One number: the learning rate that was set after `compile`; NaN for the optimizer's own. Threads read it when a pass begins. */
  readonly learningRate: Float64Array;
}

/** One run through a data set or a part of it. */
export interface Pass {
  readonly mode: 'train' | 'evaluate' | 'predict';
  /** In the order of {@link ThreadSetup.groups}. */
  readonly groups: readonly PassGroup[];
}

export interface PassGroup {
  /** Indices of samples; null: the order of the data. */
  readonly order: Uint32Array | null;
  /** First position of the pass in `order`, or in the data if `order` is null. */
  readonly start: number;
  readonly samples: number;
  /** Data of each of the group's inputs, in the order of its plan. */
  readonly inputs: readonly SharedArray[];
  /** Targets of each of the group's outputs; empty in `predict`. */
  readonly targets: readonly SharedArray[];
  /** In `predict`, an array for each output, `samples` rows; else empty. */
  readonly results: readonly Float32Array[];
}

export interface OpenReport {
  /** The build of each engine in use, such as `tfjs 4.22.0 wasm simd`. */
  readonly builds: readonly string[];
}

export interface PassReport {
  /** Whether the pass was stopped before its end. The members' states are then those of the last whole step. */
  readonly stopped: boolean;
  /** The regularisation loss of each member of the thread, summed over samples. */
  readonly regularization: Readonly<Record<string, number>>;
  /** Milliseconds that the thread spent in the pass. */
  readonly wallMs: number;
  /** Milliseconds of the pass in which the thread had nothing to do or was in an exchange. */
  readonly syncMs: number;
}
