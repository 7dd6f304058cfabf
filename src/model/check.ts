import * as tf from '@tensorflow/tfjs';
import { allLayers } from './layers.js';
import { EnsembleError, show } from '../errors.js';

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
          `(${tf.version_core}). Keep one copy: \`npm ls @tensorflow/tfjs\` lists the copies, \`npm dedupe\` may merge them.`,
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
      `Layer "${repeated.name}" is more than once in the list of layers of member "${member}". Make a new layer for each place.`,
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
        `Layer "${layer.name}" of member "${member}" is a stateful RNN. It keeps state from batch to batch, so it can't be ` +
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

function looksLikeModel(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'layers' in value && 'getWeights' in value && 'predict' in value
  );
}
