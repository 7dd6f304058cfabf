/**
 * The plan of an ensemble: the user's specification, checked and completed. It is plain data, so it can be sent to a thread and written to
 * a file. Shapes are those of one sample, without the batch dimension.
 */

/** Sizes of one sample's dimensions, without the batch dimension: a grey image of 28 by 28 pixels has the shape `[28, 28, 1]`. */
export type Shape = readonly number[];

/**
 * A registered thing as plain data: its kind, its name and all of its options, such as `{ loss: 'huber', delta: 1 }`. Only this data is sent
 * to threads, and each thread looks the name up in the kind's registry.
 */
export type Named<Kind extends string> = Readonly<Record<Kind, string>> & Readonly<Record<string, unknown>>;

/** Kernels of the engine `wasm`: `auto` for the fastest that this Node.js supports, `strict` for those with the same bits on every CPU. */
export type SimdOption = 'auto' | 'strict';

/** A last activation that has logits: the gradient of a cross-entropy can be taken at them, without clipping. */
export type LogitsActivation = 'softmax' | 'sigmoid';

/** A merge as plain data: its name, the members that it combines, in order, and its options. Functions such as `mean` return it. */
export type MergeConfig = Named<'merge'> & { readonly members: readonly string[] };

/** A weight of a member's model, in the order of `model.weights`. Always float32. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly trainable: boolean;
}

/** A member: its inputs and its model, as plain data. */
export interface MemberPlan {
  readonly name: string;
  /** Names of the ensemble's inputs that feed the model, in the order of the model's inputs. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  /** The model's last activation if it has logits, else null. */
  readonly logits: LogitsActivation | null;
  /** Keras's JSON of the model (`model.toJSON`), without weights. */
  readonly topology: object;
  readonly weights: readonly WeightSpec[];
}

/** An input of the ensemble and the shape of its samples. */
export interface InputPlan {
  readonly name: string;
  readonly shape: Shape;
}

/** An output of the ensemble, its merge, and the shape of its samples. */
export interface OutputPlan {
  readonly name: string;
  readonly merge: MergeConfig;
  readonly shape: Shape;
}

/** Members and outputs that are connected; they train in lockstep. */
export interface GroupPlan {
  readonly members: readonly string[];
  readonly outputs: readonly string[];
  readonly inputs: readonly string[];
}

/** The whole ensemble. `unconnected` names the members that no output uses; the other lists do not contain them. */
export interface EnsemblePlan {
  readonly inputs: readonly InputPlan[];
  readonly members: readonly MemberPlan[];
  readonly outputs: readonly OutputPlan[];
  readonly groups: readonly GroupPlan[];
  readonly unconnected: readonly string[];
}

/** The loss, the loss weight and the metrics of one output. */
export interface Objective {
  readonly loss: Named<'loss'>;
  readonly lossWeight: number;
  readonly metrics: readonly Named<'metric'>[];
}
