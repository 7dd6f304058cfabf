/**
 * The plan of a run: what the user wrote, checked and made plain. It is data only, so that it can be sent to a thread
 * and written to a file. Shapes are per sample: the batch dimension is left out.
 */

/** Sizes of one sample's dimensions, without the batch: an image of 28 by 28 in grey is `[28, 28, 1]`. */
export type Shape = readonly number[];

/**
 * A registered thing as plain data: its kind, its name and all of its options, such as `{ loss: 'huber', delta: 1 }`. Only this travels
 * between threads; the registry of the kind has the rest.
 */
export type Named<Kind extends string> = Readonly<Record<Kind, string>> & Readonly<Record<string, unknown>>;

/** Kernels of the engine `wasm`: the fastest that this Node.js has, or those that give the same bits on every CPU. */
export type SimdOption = 'auto' | 'strict';

/** A last activation through which a cross-entropy can be differentiated without clipping. */
export type LogitsActivation = 'softmax' | 'sigmoid';

/** A merge, the members that it combines, in order, and its options: what `mean`, `direct` and the others return. */
export type MergeConfig = Named<'merge'> & { readonly members: readonly string[] };

/** A weight of a member's model, in the order of `model.weights`. Always float32. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly trainable: boolean;
}

/** A member as planned: its ends and its model, as data. */
export interface MemberPlan {
  readonly name: string;
  /** Input ends, in the order of the model's own inputs. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  /** The model's last activation where it has logits to offer. */
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

/** An output of the ensemble, how it is made, and the shape of its samples. */
export interface OutputPlan {
  readonly name: string;
  readonly merge: MergeConfig;
  readonly shape: Shape;
}

/** Members and outputs that hang together; they train in lockstep. */
export interface GroupPlan {
  readonly members: readonly string[];
  readonly outputs: readonly string[];
  readonly inputs: readonly string[];
}

/** The whole ensemble. Members that reach no output are in `unconnected` and nowhere else. */
export interface EnsemblePlan {
  readonly inputs: readonly InputPlan[];
  readonly members: readonly MemberPlan[];
  readonly outputs: readonly OutputPlan[];
  readonly groups: readonly GroupPlan[];
  readonly unconnected: readonly string[];
}

/** How one output is judged. */
export interface Objective {
  readonly loss: Named<'loss'>;
  readonly lossWeight: number;
  readonly metrics: readonly Named<'metric'>[];
}
