import type { z } from 'zod';
import type { Shape } from '../protocol/plan.js';
import { createFactory, type Definition, type ResolvedOptions } from '../registry/definition.js';
import type { Scores } from '../train/scores.js';

/** Hooks of `fit`. They are called in the order of the callbacks. `fit` waits for their promises, except for that of `onProgress`. */
export interface Callback {
  /**
   * Called before the first epoch.
   * @param training a handle with which the callback can change the training, until {@link onTeardown}
   */
  onTrainBegin?(epochs: number, training: Training): void | Promise<void>;
  /** @param epoch counted from 0 */
  onEpochBegin?(epoch: number): void | Promise<void>;
  /**
   * Called after each epoch. The member models have the current weights.
   * @param epoch counted from 0
   * @param scores the scores of the epoch; with `val_…` if the training has validation data
   */
  onEpochEnd?(epoch: number, scores: Scores): void | Promise<void>;
  /** Called after the last epoch, but not after a failure. */
  onTrainEnd?(scores: Scores): void | Promise<void>;
  /**
   * The last hook of every training: after the last epoch, a failure or an abort. It is also called if the threads fail to start, before
   * `onTrainBegin`. No thread is working any more. Release timers, files and the like here.
   */
  onTeardown?(): void | Promise<void>;
  /** The former name of {@link onTeardown}; called if a callback has no `onTeardown`. */
  onTrainStop?(): void | Promise<void>;
  /** Called about ten times a second. Training goes on meanwhile, and promises are not awaited. If it throws, the training ends. */
  onProgress?(progress: TrainingProgress): void;
}

export interface TrainingProgress {
  /** Counted from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Number of steps that the most advanced group has done in this epoch. */
  readonly step: number;
  /** Number of steps in an epoch of the group with the most steps. */
  readonly steps: number;
  /** Means over the samples of this epoch so far, without regularisation losses. */
  readonly scores: Scores;
}

/** A handle to a training, for callbacks. */
export interface Training {
  /** Ends the training after the current epoch. `fit` then resolves with the history so far. */
  stop(): void;
  /**
   * Saves the ensemble, like `ensemble.save`, with the weights of the last whole epoch.
   * @throws EnsembleError `OUTPUT_FOLDER` if the folder can't be written
   */
  save(folder: string): Promise<void>;
  /**
   * Returns copies of a member's weights after the last whole epoch, in the order of the model's weights.
   * @throws EnsembleError `UNKNOWN_MEMBER`
   */
  weights(member: string): readonly MemberWeight[];
  /**
   * Returns the learning rate of a member's next step: the rate that was set, else the rate of its optimizer.
   * @throws EnsembleError `UNKNOWN_MEMBER`
   */
  learningRate(member: string): number;
  /**
   * Sets the learning rate from the next epoch on, until it is set again or `compile` is called.
   * @param rate a finite number > 0
   * @param member the member. @defaultValue all members
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

/** A callback that users choose by name, in a program or in YAML. */
export interface CallbackDefinition<
  Name extends string = string,
  Options extends z.ZodRawShape = z.ZodRawShape,
> extends Definition<Name, Options> {
  /** Creates the callback for one `fit`. */
  create(options: ResolvedOptions<Options>, place: CallbackPlace): Callback;
}

export interface CallbackPlace {
  /** The folder of relative paths: the run's folder for the command, else the current folder. */
  readonly folder: string;
}

/** Defines a callback. Returns the function that users call, with the definition attached. */
export function defineCallback<Name extends string, Options extends z.ZodRawShape>(
  callback: CallbackDefinition<Name, Options>,
) {
  return createFactory('callback', callback);
}
