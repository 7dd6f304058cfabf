import * as tf from '@tensorflow/tfjs';

/** Named arguments of a layer's `call`. */
export type CallArgs = Record<string, unknown>;

/**
 * What we use of layers beyond their public interface. All of it is there in tfjs 4.22, most of it as protected or private
 * properties; those that only some classes have are optional.
 */
export interface LayerInternals {
  call(inputs: tf.Tensor | tf.Tensor[], args: CallArgs): tf.Tensor | tf.Tensor[];
  /** Models. */
  readonly layers?: tf.layers.Layer[];
  /** Wrappers. */
  readonly layer?: tf.layers.Layer;
  readonly forwardLayer?: tf.layers.Layer;
  readonly backwardLayer?: tf.layers.Layer;
  /** RNNs. */
  readonly cell?: tf.layers.Layer;
  readonly cells?: tf.layers.Layer[];
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
  /** BatchNormalization; the first two are missing with `scale: false` and `center: false`. */
  gamma?: { read(): tf.Tensor };
  beta?: { read(): tf.Tensor };
  readonly movingMean?: { read(): tf.Tensor };
}

export function internalsOf(layer: tf.layers.Layer): LayerInternals {
  return layer;
}

export interface PlacedLayer {
  readonly layer: tf.layers.Layer;
  /** Names from the model inwards, joined by `/`. An RNN's cells go by the RNN's name. */
  readonly path: string;
}

/** Every layer of a model once, those of nested models and inside wrappers and RNNs too; models themselves are left out. */
export function allLayers(model: tf.LayersModel): PlacedLayer[] {
  const seen = new Set<tf.layers.Layer>();
  const found: PlacedLayer[] = [];
  const visit = (layer: tf.layers.Layer, path: string): void => {
    if (seen.has(layer)) return;
    seen.add(layer);
    const inside = internalsOf(layer);
    if (inside.layers === undefined) found.push({ layer, path });
    const named = [...(inside.layers ?? []), inside.layer, inside.forwardLayer, inside.backwardLayer];
    for (const inner of named) if (inner !== undefined) visit(inner, `${path}/${inner.name}`);
    for (const cell of [inside.cell, ...(inside.cells ?? [])]) if (cell !== undefined) visit(cell, path);
  };
  for (const layer of model.layers) visit(layer, layer.name);
  return found;
}

/** The one tensor that a layer with one input is called with. */
export function onlyTensor(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const tensor = Array.isArray(inputs) ? inputs[0] : inputs;
  if (tensor === undefined) throw new Error('A layer was called with no input');
  return tensor;
}

/** Whether any weight of a layer is trained, once the plan's word is in its variables (`matchWeights`). */
export function isTrained(layer: tf.layers.Layer): boolean {
  return layer.trainableWeights.some((weight) => variableOf(weight).trainable);
}

/** A weight's variable; `read` is typed as giving any tensor. */
export function variableOf(weight: tf.LayerVariable): tf.Variable {
  const variable = weight.read();
  if (!isVariable(variable)) throw new Error(`The weight "${weight.originalName}" is no variable`);
  return variable;
}

function isVariable(tensor: tf.Tensor): tensor is tf.Variable {
  return tensor instanceof tf.Variable;
}
