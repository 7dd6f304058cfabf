import type { EngineName } from '../engines/catalog.js';
import type { MemberState, Pass } from '../protocol/thread.js';
import type { BoundData } from '../plan/bind.js';
import type { Scores } from '../train/scores.js';
import type { GroupSetting } from './memory.js';
import type { Settings } from './settings.js';

export interface SessionOptions extends GroupSetting {
  readonly states: Readonly<Record<string, MemberState>>;
  readonly engines: Readonly<Record<string, EngineName>>;
  readonly settings: SessionSettings;
  readonly setup: string | null;
  readonly signal: AbortSignal | null;
}

/** The settings of a call, with the choices that the data and the engines decide. */
export interface SessionSettings extends Settings {
  /** Largest number of rows in a batch. */
  readonly batchSize: number;
  readonly threads: number;
}

/** A pass over (a part of) the data. */
export interface PassRequest {
  readonly mode: Pass['mode'];
  readonly inputs: BoundData;
  readonly targets: BoundData;
  /** For each group, in the plan's order. */
  readonly ranges: readonly PassRange[];
  /** Where predictions go, by output. */
  readonly results?: Readonly<Record<string, Float32Array>>;
  readonly onProgress?: (progress: PassProgress) => void;
}

export interface PassRange {
  readonly order: Uint32Array | null;
  readonly start: number;
  readonly samples: number;
}

/** How far a pass is. Groups go at their own pace; steps are those of the group that has most to do. */
export interface PassProgress {
  readonly step: number;
  readonly steps: number;
  readonly scores: Scores;
}

export interface PassResult {
  readonly scores: Scores;
  readonly wallMs: number;
  /** Sum over threads. */
  readonly busyMs: number;
}
