import type * as tf from '@tensorflow/tfjs';
import { EnsembleError } from '../errors.js';
import type { MemberPlan, Shape, WeightSpec } from '../protocol/plan.js';
import { completeConfigs } from './completeConfigs.js';
import { lastActivation } from './outputLayer.js';

/** The part of a member's plan that describes its model. */
export type ModelDescription = Pick<MemberPlan, 'inputShapes' | 'outputShape' | 'logits' | 'topology' | 'weights'>;

/**
 * Describes a model that has passed `checkModel`, as plain data. Threads rebuild the model from it.
 * @throws EnsembleError `SHAPE_MISMATCH` for an input or output of unknown size
 */
export function describeModel(member: string, model: tf.LayersModel): ModelDescription {
  completeConfigs(model);
  return {
    inputShapes: inputShapes(member, model),
    outputShape: outputShape(member, model),
    logits: lastActivation(model),
    topology: model.toJSON(null, false) as object,
    weights: weightSpecs(model),
  };
}

/** Shapes of the model's inputs, without the batch dimension. */
function inputShapes(member: string, model: tf.LayersModel): Shape[] {
  return model.inputs.map((input) => sampleShape(member, 'input', input.shape));
}

/** Shape of the model's output, without the batch dimension. */
function outputShape(member: string, model: tf.LayersModel): Shape {
  const [output] = model.outputs;
  return sampleShape(member, 'output', output?.shape ?? []);
}

/** Drops the batch dimension and checks that all other dimensions are known. */
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
function weightSpecs(model: tf.LayersModel): WeightSpec[] {
  const trainable = new Set(model.trainableWeights.map((weight) => weight.id));
  return model.weights.map((weight) => ({
    name: weight.originalName,
    shape: weight.shape.map((size) => size ?? 0),
    trainable: trainable.has(weight.id),
  }));
}
