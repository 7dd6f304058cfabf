import * as tf from '@tensorflow/tfjs';

/** Named arguments of a layer's `call`. */
export type CallArgs = Record<string, unknown>;

/**
 * The internal properties of layers that this engine uses. They exist in tfjs 4.22, most of them as protected or private properties.
 * Properties that only some classes have are optional.
 */
export interface LayerInternals {
  call(inputs: tf.Tensor | tf.Tensor[], args: CallArgs): tf.Tensor | tf.Tensor[];
  /** Wrappers. */
  readonly layer?: tf.layers.Layer;
  /** RNNs' cells. */
  readonly dropout?: number;
  readonly recurrentDropout?: number;
  /** Noise. */
  readonly rate?: number;
  readonly stddev?: number;
  getNoiseShape?(input: tf.Tensor): number[] | null | undefined;
  _getNoiseShape?(input: tf.Tensor): number[];
  /** Layers with an activation, and Softmax. */
  activation?: unknown;
  softmax?: (x: tf.Tensor, axis: number) => tf.Tensor;
  /** MaxPooling2D. */
  readonly poolSize?: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly padding?: string;
  readonly dataFormat?: string;
  /** LayerNormalization. */
  scale?: boolean;
  center?: boolean;
  readonly axis?: number | number[];
  /** Both normalizations; the first two are missing with `scale: false` and `center: false`. */
  gamma?: { read(): tf.Tensor } | null;
  beta?: { read(): tf.Tensor } | null;
  readonly movingMean?: { read(): tf.Tensor };
}

export function internalsOf(layer: tf.layers.Layer): LayerInternals {
  return layer;
}

/** The tensor in a call of a layer with one input. */
export function onlyTensor(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const tensor = Array.isArray(inputs) ? inputs[0] : inputs;
  if (tensor === undefined) throw new Error('A layer was called with no input');
  return tensor;
}

/** Whether any weight of a layer is trained. Call it after `matchWeights`, which sets the variables' flags by the plan. */
export function isTrained(layer: tf.layers.Layer): boolean {
  return layer.trainableWeights.some((weight) => variableOf(weight).trainable);
}

/** A weight's variable. The type of `read` says that it returns any tensor. */
export function variableOf(weight: tf.LayerVariable): tf.Variable {
  const variable = weight.read();
  if (!isVariable(variable)) throw new Error(`The weight "${weight.originalName}" is no variable`);
  return variable;
}

function isVariable(tensor: tf.Tensor): tensor is tf.Variable {
  return tensor instanceof tf.Variable;
}
