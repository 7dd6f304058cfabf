import * as tf from '@tensorflow/tfjs';
import { allLayers } from './layers.js';
import { EnsembleError, show } from '../errors.js';
import type { Shape, WeightSpec } from '../protocol/plan.js';

/**
 * Checks that a value is a model that can be a member.
 * @throws EnsembleError `INVALID_MODEL`, `SECOND_TFJS`, `STATEFUL_LAYER`
 */
export function checkModel(member: string, model: unknown): asserts model is tf.LayersModel {
  if (!(model instanceof tf.LayersModel)) {
    if (looksLikeModel(model)) {
      throw new EnsembleError(
        'SECOND_TFJS',
        `The model of member "${member}" was made by another copy of @tensorflow/tfjs than the one this package uses ` +
          `(${tf.version_core}). Keep one copy: \`npm ls @tensorflow/tfjs\` lists them, \`npm dedupe\` may merge them.`,
      );
    }
    throw new EnsembleError(
      'INVALID_MODEL',
      `Expected \`model\` of member "${member}" to be a tf.LayersModel or tf.Sequential. Received: ${show(model)}`,
    );
  }
  if (model.outputs.length === 0) {
    throw new EnsembleError(
      'INVALID_MODEL',
      `Expected the model of member "${member}" to have layers. Received: an empty tf.Sequential. ` +
        'Add layers, the first one with an `inputShape`, before the ensemble is made.',
    );
  }
  const [repeated] = model.layers.filter((layer, i) => model.layers.indexOf(layer) < i);
  if (repeated !== undefined) {
    throw new EnsembleError(
      'INVALID_MODEL',
      `Layer "${repeated.name}" stands more than once in the list of layers of member "${member}". Make a layer for each place.`,
    );
  }
  if (model.outputs.length !== 1) {
    throw new EnsembleError(
      'INVALID_MODEL',
      `Expected the model of member "${member}" to have one output. Received a model with ${model.outputs.length}: ` +
        model.outputNames.join(', '),
    );
  }
  for (const { layer } of allLayers(model)) {
    if (layer.stateful && !(layer instanceof tf.LayersModel) && layer.getConfig()['stateful'] === true) {
      throw new EnsembleError(
        'STATEFUL_LAYER',
        `Layer "${layer.name}" of member "${member}" is a stateful RNN, which keeps state from batch to batch and can't be ` +
          'trained on shuffled batches. Make it with `stateful: false`.',
      );
    }
  }
  for (const weight of model.weights) {
    if (weight.dtype !== 'float32') {
      throw new EnsembleError(
        'INVALID_MODEL',
        `Expected the weights of member "${member}" to be float32. Received: "${weight.originalName}" of ${weight.dtype}`,
      );
    }
  }
}

/** Options that layers of tfjs 4.22 leave out of their configuration or give under another one's name, as they are in the layer. */
interface Unwritten {
  readonly depthMultiplier?: number;
  readonly depthwiseConstraint?: tf.serialization.Serializable | null;
}

const completed = new WeakSet<tf.layers.Layer>();

/**
 * Makes a model's layers write down all of what they are, where tfjs forgets it: a model is rebuilt from its configuration in threads,
 * for the assembled model and on loading.
 */
export function completeConfigs(model: tf.LayersModel): void {
  for (const { layer } of allLayers(model)) {
    const kind = layer.getClassName();
    if ((kind !== 'DepthwiseConv2D' && kind !== 'SeparableConv2D') || completed.has(layer)) continue;
    completed.add(layer);
    const { depthMultiplier, depthwiseConstraint }: Unwritten = layer as Unwritten;
    const getConfig = layer.getConfig.bind(layer);
    layer.getConfig = () => ({
      ...getConfig(),
      ...(depthMultiplier === undefined ? {} : { depthMultiplier }),
      depthwiseConstraint: depthwiseConstraint
        ? { className: depthwiseConstraint.getClassName(), config: depthwiseConstraint.getConfig() }
        : null,
    });
  }
}

function looksLikeModel(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'layers' in value && 'getWeights' in value && 'predict' in value
  );
}

/** Per-sample shapes of the model's inputs. */
export function inputShapes(member: string, model: tf.LayersModel): Shape[] {
  return model.inputs.map((input) => sampleShape(member, 'input', input.shape));
}

/** Per-sample shape of the model's output. */
export function outputShape(member: string, model: tf.LayersModel): Shape {
  const [output] = model.outputs;
  return sampleShape(member, 'output', output?.shape ?? []);
}

/** Drops the batch dimension. */
function sampleShape(member: string, end: 'input' | 'output', shape: readonly (number | null)[]): Shape {
  const known = shape.slice(1).filter((size) => size !== null);
  if (shape.length === 0 || known.length !== shape.length - 1) {
    throw new EnsembleError(
      'SHAPE_MISMATCH',
      `Expected the ${end} of member "${member}" to have a fixed size in every dimension but the batch. ` +
        `Received: [${shape.map((size) => size ?? 'null').join(', ')}]`,
    );
  }
  return known;
}

/** The model's weights, in the order of `model.weights`. */
export function weightSpecs(model: tf.LayersModel): WeightSpec[] {
  const trainable = new Set(model.trainableWeights.map((weight) => weight.id));
  return model.weights.map((weight) => ({
    name: weight.originalName,
    shape: weight.shape.map((size) => size ?? 0),
    trainable: trainable.has(weight.id),
  }));
}
