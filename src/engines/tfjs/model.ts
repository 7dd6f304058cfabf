import * as tf from '@tensorflow/tfjs';
import { EnsembleError } from '../../errors.js';
import type { LogitsActivation, MemberPlan, WeightSpec } from '../../protocol/plan.js';
import { sameShape } from '../../protocol/shape.js';
import type { PlacedLayer } from '../../model/layers.js';
import { activationOf, findOutputLayer } from '../../model/outputLayer.js';
import type { TfjsEngineName } from './backend.js';
import { internalsOf, isTrained, onlyTensor, variableOf, type LayerInternals } from './layers.js';

/** A weight of a built model, and its description in the plan. */
export interface PlannedWeight {
  readonly spec: WeightSpec;
  readonly weight: tf.LayerVariable;
}

type ModelJson = Parameters<typeof tf.models.modelFromJSON>[0];

/** Builds a member's model. The caller must set its weights. */
export async function buildModel(plan: MemberPlan, engine: TfjsEngineName): Promise<tf.LayersModel> {
  try {
    return await tf.models.modelFromJSON(withoutCostlyInitializers(plan.topology) as ModelJson);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = reason.startsWith('Unknown layer')
      ? " Register custom layers in a module, and name it as the ensemble's `setup`: every thread imports it."
      : '';
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      `The engine "${engine}" can't build the model of member "${plan.name}": ${reason}${hint}`,
      { cause },
    );
  }
}

/** Replaces orthogonal initializers, which compute a slow QR decomposition and warn about it. The weights are overwritten at once anyway. */
function withoutCostlyInitializers(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutCostlyInitializers);
  if (typeof json !== 'object' || json === null) return json;
  if ('class_name' in json && json.class_name === 'Orthogonal') return { class_name: 'Zeros', config: {} };
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withoutCostlyInitializers(value)]));
}

/**
 * Finds the model's weights in the order of the plan, and sets their trainable flags by the plan. (The JSON does not say that a nested model is
 * frozen, and frozen weights come last in `model.weights`, so the order can differ.)
 */
export function matchWeights(plan: MemberPlan, model: tf.LayersModel, engine: TfjsEngineName): PlannedWeight[] {
  const weights = model.weights;
  const trained = new Set(model.trainableWeights.map((weight) => weight.id));
  const inOrder =
    weights.length === plan.weights.length &&
    plan.weights.every((spec, i) => {
      const weight = weights[i];
      return weight !== undefined && matches(spec, weight) && spec.trainable === trained.has(weight.id);
    });
  return plan.weights.map((spec, i) => {
    const candidates = inOrder ? weights.slice(i, i + 1) : weights.filter((weight) => matches(spec, weight));
    const [weight] = candidates;
    if (weight === undefined || candidates.length > 1 || weights.length !== plan.weights.length) {
      throw new EnsembleError(
        'ENGINE_UNAVAILABLE',
        `The engine "${engine}" can't tell the weights of member "${plan.name}" apart: expected one ` +
          `"${spec.name}" of [${spec.shape.join(', ')}] in the model built from its JSON. Received: ${describe(weights)}`,
      );
    }
    variableOf(weight).trainable = spec.trainable;
    return { spec, weight };
  });
}

function matches(spec: WeightSpec, weight: tf.LayerVariable): boolean {
  return spec.name === weight.originalName && sameShape(spec.shape, weight.shape.map(Number));
}

function describe(weights: readonly tf.LayerVariable[]): string {
  return weights.map((weight) => `"${weight.originalName}" of [${weight.shape.join(', ')}]`).join(', ') || 'none';
}

/** Removes the last activation from the model, so that it returns its logits. */
export function removeLastActivation(plan: MemberPlan, model: tf.LayersModel): LogitsActivation {
  const output = findOutputLayer(plan.topology);
  const activation = activationOf(output, plan.outputShape.length + 1);
  let layer: tf.layers.Layer = model;
  for (const name of output?.path ?? []) if (layer instanceof tf.LayersModel) layer = layer.getLayer(name);
  if (activation === null || activation !== plan.logits) {
    throw new Error(`Member ${plan.name} was planned with ${plan.logits ?? 'no'} logits; its model ends otherwise`);
  }
  const internals = internalsOf(layer);
  // Softmax adds its mask to the logits first. This is kept.
  if (internals.softmax !== undefined) internals.softmax = (x) => x;
  else internals.activation = internalsOf(tf.layers.activation({ activation: 'linear' })).activation;
  return activation;
}

/** Makes layers behave in training as in Keras. */
export function followKeras(layers: readonly PlacedLayer[]): void {
  for (const { layer } of layers) {
    if (layer.getClassName() === 'BatchNormalization') followKerasInNormalization(layer);
    if (layer.getClassName() === 'LayerNormalization') completeLayerNormalization(layer);
  }
}

/** Gives a LayerNormalization without gamma or beta ones and zeros, which are not trained, because tfjs has no gradients without them. */
function completeLayerNormalization(layer: tf.layers.Layer): void {
  const internals = internalsOf(layer);
  if (internals.scale !== false && internals.center !== false) return;
  const call = internals.call.bind(internals);
  internals.call = (inputs, args) => {
    const { shape } = onlyTensor(inputs);
    const sizes = [internals.axis ?? -1].flat().map((axis) => shape.at(axis) ?? 1);
    internals.gamma ??= { read: () => tf.ones(sizes) };
    internals.beta ??= { read: () => tf.zeros(sizes) };
    internals.scale = true;
    internals.center = true;
    return call(inputs, args);
  };
}

function followKerasInNormalization(layer: tf.layers.Layer): void {
  const internals = internalsOf(layer);
  // As in Keras, a frozen layer normalises by its moving statistics and does not change them.
  const frozen = !layer.trainable || (layer.trainableWeights.length > 0 && !isTrained(layer));
  // In training, tfjs reads both without checking whether they exist.
  internals.gamma ??= { read: () => tf.onesLike(statistics(internals)) };
  internals.beta ??= { read: () => tf.zerosLike(statistics(internals)) };
  if (!frozen) return;
  const call = internals.call.bind(internals);
  internals.call = (inputs, args) => call(inputs, { ...args, training: false });
}

function statistics({ movingMean }: LayerInternals): tf.Tensor {
  if (movingMean === undefined) throw new Error('A BatchNormalization was called before it was built');
  return movingMean.read();
}
