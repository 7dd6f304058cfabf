import type { z } from 'zod';
import type { Shape } from '../protocol/plan.js';
import { createFactory, type Definition, type ResolvedOptions } from '../registry/definition.js';
import type { Scores } from '../train/scores.js';

/** Hooks of a `fit`. They run in the order of the callbacks and are awaited, unless their comment says otherwise. */
export interface Callback {
  /** @param training what the callback may do to the training; it can be kept until {@link onTeardown} */
  onTrainBegin?(epochs: number, training: Training): void | Promise<void>;
  /** @param epoch from 0 */
  onEpochBegin?(epoch: number): void | Promise<void>;
  /**
   * The member models hold the weights of this moment.
   * @param scores of the epoch, with `val_…` where validation data was given
   */
  onEpochEnd?(epoch: number, scores: Scores): void | Promise<void>;
  /** After the last epoch; not after a failure. */
  onTrainEnd?(scores: Scores): void | Promise<void>;
  /**
   * The last hook of every training, however it ends: after the last epoch, a failure (also one before `onTrainBegin`, as
   * threads start) or an abort. No thread is at work any more. Here a callback releases what it holds, such as a timer, a file or a progress bar.
   */
  onTeardown?(): void | Promise<void>;
  /** The former name of {@link onTeardown}; called if a callback has no `onTeardown`. */
  onTrainStop?(): void | Promise<void>;
  /** About ten times a second, not awaited: training goes on meanwhile. An error that it throws ends the training. */
  onProgress?(progress: TrainingProgress): void;
}

export interface TrainingProgress {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch by the group that has most to do, and its steps in all. */
  readonly step: number;
  readonly steps: number;
  /** Means over the samples of this epoch so far, without regularisation losses. */
  readonly scores: Scores;
}

/** What a callback may do to the training that it is told of. */
export interface Training {
  /** Ends the training after the current epoch. `fit` then resolves with the history so far, as after its last epoch. */
  stop(): void;
  /**
   * Saves the ensemble as `ensemble.save` does, with the weights of the last whole epoch.
   * @throws EnsembleError `OUTPUT_FOLDER` if the folder can't be written
   */
  save(folder: string): Promise<void>;
  /**
   * The weights of a member after the last whole epoch; copies, in the order of the model's weights.
   * @throws EnsembleError `UNKNOWN_MEMBER`
   */
  weights(member: string): readonly MemberWeight[];
  /**
   * The learning rate of a member's next step: the one that was set, else its optimizer's.
   * @throws EnsembleError `UNKNOWN_MEMBER`
   */
  learningRate(member: string): number;
  /**
   * Sets the learning rate from the next epoch on, until it is set again or `compile` is called.
   * @param rate a finite number > 0
   * @param member all members, if it is left out
   * @throws EnsembleError `INVALID_OPTION`, `UNKNOWN_MEMBER`
   */
  setLearningRate(rate: number, member?: string): void;
}

/** A copy of one weight of a member's model. */
export interface MemberWeight {
  readonly name: string;
  readonly shape: Shape;
  /** Row-major. */
  readonly values: Float32Array;
}

/** A callback that is chosen by its name, in a program or in YAML. */
export interface CallbackDefinition<
  Name extends string = string,
  Options extends z.ZodRawShape = z.ZodRawShape,
> extends Definition<Name, Options> {
  /** Makes the callback of one `fit`. */
  create(options: ResolvedOptions<Options>, place: CallbackPlace): Callback;
}

export interface CallbackPlace {
  /** The folder that relative paths start from: the run's folder for the command, else the current folder. */
  readonly folder: string;
}

/** Defines a callback: the function that users call, with the definition attached. */
export function defineCallback<Name extends string, Options extends z.ZodRawShape>(
  callback: CallbackDefinition<Name, Options>,
) {
  return createFactory('callback', callback);
}
