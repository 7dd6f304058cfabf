import type { SharedArray } from './data.js';
import type { GroupPlan, LogitsActivation, MemberPlan, Named, Objective, OutputPlan, SimdOption } from './plan.js';

/**
 * What the coordinator says to a thread between steps, and what it answers. All of it is plain data; typed arrays lie in
 * shared memory, so that sending them shares them.
 */
export interface ThreadApi {
  open(setup: ThreadSetup): Promise<Outcome<OpenReport>>;
  /** Blocks the thread until the pass is over or stopped. */
  run(pass: Pass): Promise<Outcome<PassReport>>;
  close(): Promise<void>;
}

/** A result, or an error as data: what Comlink carries of an error lacks its code and cause. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorReport };

export interface ErrorReport {
  /** The member that was at work, where it is known. */
  readonly member: string | null;
  /** Code of an error of ours, else null. */
  readonly code: string | null;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export interface ThreadSetup {
  /** Members that live in this thread, in the order of the plan. */
  readonly members: readonly ThreadMember[];
  /** Groups that have a member here, in the order of the plan: threads go through them in the same order. */
  readonly groups: readonly ThreadGroup[];
  readonly settings: ThreadSettings;
  /** Members of other threads that this one may do parts of the work of. */
  readonly shared: readonly SharedMember[];
  /** What all of them wait upon (bell.ts). */
  readonly bell: Int32Array<SharedArrayBuffer>;
  /** Module that registers custom layers, as a URL. */
  readonly setupModule: string | null;
}

/** What threads read of the session's settings, which are sent whole. */
export interface ThreadSettings {
  /** Largest number of rows in a batch. */
  readonly batchSize: number;
  /** Key of all noise. */
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
  /** Null where the engine has memory of its own. */
  readonly memory: MemberMemory | null;
}

/** A member's place in a memory that several threads work on. */
export interface MemberMemory {
  readonly buffer: WebAssembly.Memory;
  /** First address. */
  readonly base: number;
  /** Where its thread puts up work (board.ts). */
  readonly board: SharedArrayBuffer;
  /** The session's (bell.ts). */
  readonly bell: Int32Array<SharedArrayBuffer>;
}

/** What a thread needs to know of a member to do parts of its work. */
export interface SharedMember {
  readonly plan: MemberPlan;
  readonly engine: string;
  readonly optimizer: Named<'optimizer'> | null;
  readonly batchSize: number;
  /** Whether anybody asks for the member's logits. */
  readonly logits: boolean;
  readonly memory: MemberMemory;
}

/** What any thread of a group needs to do the exchange for all. */
export interface ThreadGroup {
  readonly plan: GroupPlan;
  /** All of the group's members, wherever they live. */
  readonly members: readonly MemberPlan[];
  /** Each member's place in shared memory, in the same order. */
  readonly slots: readonly MemberSlots[];
  readonly outputs: readonly ThreadOutput[];
  /** Number of threads that have a member of this group. */
  readonly parties: number;
  /** Meetings (lockstep.ts). */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** Running sums of losses and metrics over the pass (train/sums.ts has their order). */
  readonly sums: Float64Array<SharedArrayBuffer>;
}

export interface ThreadOutput {
  readonly plan: OutputPlan;
  /** Null before `compile`: predictions only. */
  readonly objective: Objective | null;
  /** Where set, the loss is differentiated through the logits of this last activation. */
  readonly gradientThrough: LogitsActivation | null;
}

/** A member's place in the memory that it shares with the exchange; `batchSize` rows each, row-major. */
export interface MemberSlots {
  readonly output: Float32Array;
  /** ∂L/∂output, read after the exchange; null where the loss reaches the member through its logits alone. */
  readonly outputGradient: Float32Array | null;
  /** Null where the member has no logits or nobody asks for them. */
  readonly logits: Float32Array | null;
  readonly logitsGradient: Float32Array | null;
}

/** A member's weights and what its optimizer keeps, flat, in the order of the plan's weights. */
export interface MemberState {
  /** All weights, trainable or not, one after the other. */
  readonly weights: Float32Array;
  /** The optimizer's slots, one after the other, each as long as all trainable weights together. */
  readonly slots: Float32Array;
  /** One number: updates done so far. */
  readonly iterations: Float64Array;
  /** One number: the learning rate that was set since `compile`, which threads take over when a pass begins; NaN: the optimizer's own. */
  readonly learningRate: Float64Array;
}

/** Once through (a part of) the data. */
export interface Pass {
  readonly mode: 'train' | 'evaluate' | 'predict';
  /** In the order of {@link ThreadSetup.groups}. */
  readonly groups: readonly PassGroup[];
}

export interface PassGroup {
  /** Indices of samples; null: as they lie. */
  readonly order: Uint32Array | null;
  /** First position of the pass in `order` (or in the data). */
  readonly start: number;
  readonly samples: number;
  /** Data of each of the group's inputs, in the order of its plan. */
  readonly inputs: readonly SharedArray[];
  /** Targets of each of the group's outputs; empty in `predict`. */
  readonly targets: readonly SharedArray[];
  /** Where `predict` puts each output, `samples` rows; empty otherwise. */
  readonly results: readonly Float32Array[];
}

export interface OpenReport {
  /** Kernels taken, by engine: `tfjs 4.22.0 wasm simd`. */
  readonly builds: readonly string[];
}

export interface PassReport {
  /** The run was stopped in the middle; the members' state is that of the last whole step. */
  readonly stopped: boolean;
  /** For each member here: its regularisation losses, summed over samples. */
  readonly regularization: Readonly<Record<string, number>>;
  /** Milliseconds that the thread spent in the pass, and those of them that went into waiting and exchanging. */
  readonly wallMs: number;
  readonly syncMs: number;
}
