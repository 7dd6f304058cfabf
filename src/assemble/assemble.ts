import * as tf from '@tensorflow/tfjs';
import { mergeRegistry } from '../merge/registry.js';
import type { EnsemblePlan } from '../protocol/plan.js';
import { isMemberItself } from '../plan/plan.js';
import { copyModel } from '../model/copy.js';
import { assembledNames } from './names.js';

/**
 * Builds one functional model of the whole ensemble. It has an input layer for each input, a nested model with the member's name for each
 * member, and standard layers for each merge. It is a copy and shares no weights with the members' models.
 */
export function assembleModel(plan: EnsemblePlan, models: ReadonlyMap<string, tf.LayersModel>): tf.LayersModel {
  const names = assembledNames(models);
  const inputs = new Map(plan.inputs.map(({ name, shape }) => [name, tf.input({ name, shape: [...shape] })]));
  const outputs = new Map<string, tf.SymbolicTensor>();
  for (const { name, inputs: ends } of plan.members) {
    const copy = copyModel(known(models, name), name, names.rename(name));
    const xs = ends.map((end) => known(inputs, end));
    outputs.set(name, copy.apply(xs.length === 1 ? known(inputs, ends[0] ?? '') : xs) as tf.SymbolicTensor);
  }
  return tf.model({
    name: 'ensemble',
    inputs: [...inputs.values()],
    outputs: plan.outputs.map((output) => {
      const ys = output.merge.members.map((name) => known(outputs, name));
      if (isMemberItself(output)) return known(outputs, output.name);
      return mergeRegistry.of(output.merge).layer(output.merge, tf.layers, output.name, ys);
    }),
  });
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`The plan has no "${name}".`);
  return value;
}
