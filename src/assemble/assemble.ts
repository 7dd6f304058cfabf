import * as tf from '@tensorflow/tfjs';
import { allLayers } from '../engines/layers.js';
import { merges } from '../merge/index.js';
import type { EnsemblePlan } from '../protocol/plan.js';
import { isMemberItself } from '../spec/plan.js';
import { copyModel } from './copyModel.js';

/**
 * The whole ensemble as one functional model: an input layer for each input, each member as a nested model under its own
 * name, each merge as standard layers. A copy: it shares no weight with the members' models.
 */
export function assembleModel(plan: EnsemblePlan, models: ReadonlyMap<string, tf.LayersModel>): tf.LayersModel {
  const repeated = repeatedNames(models);
  const inputs = new Map(plan.inputs.map(({ name, shape }) => [name, tf.input({ name, shape: [...shape] })]));
  const outputs = new Map<string, tf.SymbolicTensor>();
  for (const { name, inputs: ends } of plan.members) {
    const copy = copyModel(known(models, name), name, (layer) => (repeated.has(layer) ? `${name}/${layer}` : layer));
    const xs = ends.map((end) => known(inputs, end));
    outputs.set(name, copy.apply(xs.length === 1 ? known(inputs, ends[0] ?? '') : xs) as tf.SymbolicTensor);
  }
  return tf.model({
    name: 'ensemble',
    inputs: [...inputs.values()],
    outputs: plan.outputs.map((output) => {
      const ys = output.merge.members.map((name) => known(outputs, name));
      if (isMemberItself(output)) return known(outputs, output.name);
      return merges[output.merge.merge].layer(output.merge, tf.layers, output.name, ys);
    }),
  });
}

/**
 * Names of layers that several members use. Saved weights are found by the names of their layers alone, so that tfjs
 * refuses to load a model in which one stands twice, however deep ("Duplicate weight name").
 */
function repeatedNames(models: ReadonlyMap<string, tf.LayersModel>): Set<string> {
  const owner = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [member, model] of models) {
    for (const { layer } of allLayers(model)) {
      const first = owner.get(layer.name) ?? member;
      if (first !== member && layer.weights.length > 0) repeated.add(layer.name);
      owner.set(layer.name, first);
    }
  }
  return repeated;
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`The plan has no "${name}".`);
  return value;
}
