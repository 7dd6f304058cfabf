import * as tf from '@tensorflow/tfjs';
import { EnsembleError } from '../../errors.js';
import type { LogitsActivation, MemberPlan, WeightSpec } from '../../protocol/plan.js';
import { sameShape } from '../../protocol/shape.js';
import type { PlacedLayer } from '../../model/layers.js';
import { activationOf, findOutputLayer } from '../../model/outputLayer.js';
import type { TfjsEngineName } from './backend.js';
import { internalsOf, isTrained, onlyTensor, variableOf, type LayerInternals } from './layers.js';

/** A weight of a built model, and the plan's word on it. */
export interface PlannedWeight {
  readonly spec: WeightSpec;
  readonly weight: tf.LayerVariable;
}

type ModelJson = Parameters<typeof tf.models.modelFromJSON>[0];

/** Builds a member's model. Its weights are yet to be set. */
export async function buildModel(plan: MemberPlan, engine: TfjsEngineName): Promise<tf.LayersModel> {
  try {
    return await tf.models.modelFromJSON(withoutCostlyInitializers(plan.topology) as ModelJson);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = reason.startsWith('Unknown layer')
      ? " Register a layer of your own in a module that the ensemble's `setup` names: every thread imports it."
      : '';
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      `The engine "${engine}" can't build the model of member "${plan.name}": ${reason}${hint}`,
      { cause },
    );
  }
}

/** Orthogonal initialisers take a QR decomposition in JavaScript and warn of it, for weights that are overwritten at once. */
function withoutCostlyInitializers(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutCostlyInitializers);
  if (typeof json !== 'object' || json === null) return json;
  if ('class_name' in json && json.class_name === 'Orthogonal') return { class_name: 'Zeros', config: {} };
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withoutCostlyInitializers(value)]));
}

/**
 * Finds the model's weights in the order of the plan and makes exactly those trainable that the plan has so. (A nested
 * model's `trainable: false` isn't in the JSON, and weights that aren't trained come last in `model.weights`.)
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

/** Takes the last activation off the model, so that it gives its logits. */
export function removeLastActivation(plan: MemberPlan, model: tf.LayersModel): LogitsActivation {
  const output = findOutputLayer(plan.topology);
  const activation = activationOf(output, plan.outputShape.length + 1);
  let layer: tf.layers.Layer = model;
  for (const name of output?.path ?? []) if (layer instanceof tf.LayersModel) layer = layer.getLayer(name);
  if (activation === null || activation !== plan.logits) {
    throw new Error(`Member ${plan.name} was planned with ${plan.logits ?? 'no'} logits; its model ends otherwise`);
  }
  const internals = internalsOf(layer);
  // Softmax adds its mask to the logits before it, which stays.
  if (internals.softmax !== undefined) internals.softmax = (x) => x;
  else internals.activation = internalsOf(tf.layers.activation({ activation: 'linear' })).activation;
  return activation;
}

/** Makes layers do in training what they do in Keras. */
export function followKeras(layers: readonly PlacedLayer[]): void {
  for (const { layer } of layers) {
    if (layer.getClassName() === 'BatchNormalization') followKerasInNormalization(layer);
    if (layer.getClassName() === 'LayerNormalization') completeLayerNormalization(layer);
  }
}

/** tfjs has no gradients for a normalisation that lacks one of its weights: gives it ones and zeros, which are not trained. */
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
  // A layer that isn't trained normalises by its moving statistics and leaves them as they are.
  const frozen = !layer.trainable || (layer.trainableWeights.length > 0 && !isTrained(layer));
  // tfjs reads both in training without asking whether they are there.
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
