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

/** The settings of a call, after the data and the engines have decided the batch size and the number of threads. */
export interface SessionSettings extends Settings {
  /** Largest number of rows in a batch. */
  readonly batchSize: number;
  readonly threads: number;
}

/** A pass through a data set or a part of it. */
export interface PassRequest {
  readonly mode: Pass['mode'];
  readonly inputs: BoundData;
  readonly targets: BoundData;
  /** The range of each group, in the plan's order. */
  readonly ranges: readonly PassRange[];
  /** Arrays that receive the predictions, by output. */
  readonly results?: Readonly<Record<string, Float32Array>>;
  readonly onProgress?: (progress: PassProgress) => void;
}

export interface PassRange {
  readonly order: Uint32Array | null;
  readonly start: number;
  readonly samples: number;
}

/** The progress of a pass. Groups go at their own pace: `step` is that of the most advanced group, `steps` that of the largest group. */
export interface PassProgress {
  readonly step: number;
  readonly steps: number;
  readonly scores: Scores;
}

export interface PassResult {
  readonly scores: Scores;
  readonly wallMs: number;
  /** Milliseconds of computation outside exchanges and waits, summed over threads. */
  readonly busyMs: number;
}
