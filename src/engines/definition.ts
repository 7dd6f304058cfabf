import type { MemberPlan, SimdOption } from '../protocol/plan.js';
import type { SharedMember } from '../protocol/thread.js';
import type { Engine } from './engine.js';

/** A row of the catalogue: the facts about an engine that the main thread needs, and a function with which a thread loads it. */
export interface EngineDefinition<Name extends string = string> {
  readonly name: Name;
  /** One sentence for the reference tables in the documentation. */
  readonly summary: string;

  /** Null if the engine is installed; else a message that says how to install it, without a full stop. */
  whyMissing(): string | null;

  /** Null if `auto` may run a member on the engine; else the reason, which names the layer. */
  whyNot(member: MemberPlan): string | null;

  /** The reason why `auto` prefers the engine for a member to earlier engines of the catalogue; null if it does not prefer it. */
  whyPreferred(member: MemberPlan): string | null;

  /** How threads share a member's work; null if only the member's own thread can compute it. */
  readonly sharesWork: WorkSharing | null;

  /** Whether only one thread of a process may load the engine at a time. */
  readonly loadsAlone: boolean;

  /** The backend of TensorFlow.js, which a thread can't change once it has one; null if the engine does not use TensorFlow.js. */
  readonly needsBackend: string | null;

  /** Called in the main thread before threads load the engine. `threads` is the number of the session's threads. */
  prepareProcess?(threads: number): Promise<void>;

  /** Estimated time for training on one sample, in ms on one core. */
  cost(member: MemberPlan, batchSize: number): number;

  /** Starts the engine in this thread. The engine's code is not loaded before. */
  load(options: EngineOptions): Promise<Engine>;
}

/** How several threads share a member's work, in shared memory. */
export interface WorkSharing {
  /** Number of parts of a step that can be computed at the same time, for a batch of `rows` rows. */
  parts(rows: number): number;

  /**
   * Bytes of shared memory that a member needs.
   * @throws EnsembleError `ENGINE_UNAVAILABLE` if the engine can't run the member
   */
  bytes(member: Omit<SharedMember, 'memory'>): number;
}

/** Settings of an engine in a thread. */
export interface EngineOptions {
  readonly simd: SimdOption;
  /** Whether a user's module may have registered layers. */
  readonly hasCustomLayers: boolean;
}
