import type { MemberPlan, SimdOption } from '../protocol/plan.js';
import type { SharedMember } from '../protocol/thread.js';
import type { Engine } from './engine.js';

/** A row of the catalogue: what the main thread asks about an engine, and how a thread starts it. */
export interface EngineDefinition<Name extends string = string> {
  readonly name: Name;
  /** One sentence for the reference tables in the documentation. */
  readonly summary: string;

  /** Null where the engine is installed; else what it needs and how to get it, without a full stop. */
  whyMissing(): string | null;

  /** Null where `auto` may run a member on the engine; else the reason, which names the layer. */
  whyNot(member: MemberPlan): string | null;

  /** Why `auto` prefers the engine for a member to those that come before it in the catalogue; null where it does not. */
  whyPreferred(member: MemberPlan): string | null;

  /** Null where only a member's own thread can work on it. */
  readonly sharesWork: WorkSharing | null;

  /** Whether only one thread of a process may load the engine at a time. */
  readonly loadsAlone: boolean;

  /** The backend that TensorFlow.js must compute with, which a thread can't change; null where the engine works without TensorFlow.js. */
  readonly needsBackend: string | null;

  /** Called in the main thread before threads load the engine. `threads` is the number of the session's threads. */
  prepareProcess?(threads: number): Promise<void>;

  /** Estimated milliseconds of one core that a sample takes in training. */
  cost(member: MemberPlan, batchSize: number): number;

  /** Starts the engine in this thread. Its code is loaded only now. */
  load(options: EngineOptions): Promise<Engine>;
}

/** Work on a member that several threads can do, in memory that all of them can reach. */
export interface WorkSharing {
  /** Parts of a step that can be done at the same time, for a batch of so many rows. */
  parts(rows: number): number;

  /**
   * Bytes of shared memory that a member needs.
   * @throws EnsembleError `ENGINE_UNAVAILABLE` where the engine can't run the member
   */
  bytes(member: Omit<SharedMember, 'memory'>): number;
}

/** Settings of an engine in a thread. */
export interface EngineOptions {
  readonly simd: SimdOption;
  /** Whether a module of the user's has registered layers. */
  readonly hasCustomLayers: boolean;
}
