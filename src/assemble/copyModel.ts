import * as tf from '@tensorflow/tfjs';
import { allLayers } from '../spec/model.js';

/** A model's configuration as `getConfig` gives it: nested, with class and layer names in known places. */
export type ModelConfig = Record<string, unknown>;

interface ModelClass {
  fromConfig(cls: unknown, config: ModelConfig, customObjects: object, fastWeightInit: boolean): tf.LayersModel;
}

/**
 * An independent copy of a model, weights included. (tfjs's own way, `modelFromJSON`, is asynchronous.)
 * @param name of the copy
 * @param rename gives a layer's name in the copy, in nested models and wrappers too
 */
export function copyModel(model: tf.LayersModel, name: string, rename: (layer: string) => string): tf.LayersModel {
  const config = renamed(configOf(model), rename) as ModelConfig;
  // The weights are overwritten at once, so they need no costly initialisation.
  const copy = buildModel(model, { ...config, name }, true);
  copyWeights(model, copy);
  return copy;
}

/**
 * Copies weights between models of one configuration, layer by layer: the order of a whole model's weights depends on which
 * of them are trainable, and a configuration does not say that a model as a whole is frozen.
 */
export function copyWeights(from: tf.LayersModel, to: tf.LayersModel): void {
  const sources = [...allLayers(from)];
  for (const [i, layer] of [...allLayers(to)].entries()) {
    if (!(layer instanceof tf.LayersModel)) layer.setWeights(sources[i]?.getWeights() ?? []);
  }
}

/** The model's configuration, for the caller to change. */
export function configOf(model: tf.LayersModel): ModelConfig {
  return structuredClone(model.getConfig());
}

/** A new model of the same class from a configuration. */
export function buildModel(like: tf.LayersModel, config: ModelConfig, fastWeightInit: boolean): tf.LayersModel {
  const cls: unknown = like.constructor;
  return (cls as ModelClass).fromConfig(cls, config, {}, fastWeightInit);
}

/**
 * Names stand in a layer's `name`, in its `config.name`, and at the start of each reference of `inboundNodes` (lists of
 * lists), `inputLayers` and `outputLayers` (lists).
 */
function renamed(value: unknown, rename: (layer: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  const isLayer = 'className' in value && 'config' in value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, unknown] => {
      if (key === 'inboundNodes') return [key, (item as unknown[][]).map((node) => references(node, rename))];
      if (key === 'inputLayers' || key === 'outputLayers') return [key, references(item as unknown[], rename)];
      if (isLayer && key === 'name') return [key, rename(item as string)];
      if (isLayer && key === 'config') return [key, renamedConfig(item, rename)];
      return [key, renamed(item, rename)];
    }),
  );
}

function renamedConfig(config: unknown, rename: (layer: string) => string): unknown {
  const inner = renamed(config, rename);
  if (typeof inner !== 'object' || inner === null || !('name' in inner) || typeof inner.name !== 'string') return inner;
  return { ...inner, name: rename(inner.name) };
}

/** `[name, node, tensor, …]`, one or a list of them. */
function references(list: unknown[], rename: (layer: string) => string): unknown[] {
  const [first, ...rest] = list;
  if (typeof first === 'string') return [rename(first), ...rest];
  return list.map((item) => references(item as unknown[], rename));
}
