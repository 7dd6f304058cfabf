import * as tf from '@tensorflow/tfjs';
import { allLayers } from './layers.js';
import { completeConfigs } from './completeConfigs.js';

/** A model's configuration as `getConfig` gives it: nested, with class and layer names in known places. */
export type ModelConfig = Record<string, unknown>;

/** Gives a layer's name in a copy. @param path names from the model inwards; the last is the layer's own */
export type Rename = (path: readonly string[]) => string;

interface ModelClass {
  fromConfig(cls: unknown, config: ModelConfig, customObjects: object, fastWeightInit: boolean): tf.LayersModel;
}

/**
 * An independent copy of a model, weights and trainable flags included. (tfjs's own way, `modelFromJSON`, is asynchronous.)
 * @param name of the copy
 * @param rename for layers in nested models and wrappers too
 */
export function copyModel(model: tf.LayersModel, name: string, rename: Rename): tf.LayersModel {
  completeConfigs(model);
  const config = renamed(configOf(model), [], rename) as ModelConfig;
  // The weights are overwritten at once, so they need no costly initialisation.
  const copy = buildModel(model, { ...config, name }, true);
  copyFlags(model, copy);
  copyWeights(model, copy);
  completeConfigs(copy);
  return copy;
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
 * Copies weights between models of one configuration, layer by layer: the order of `model.weights` depends on which of them
 * are trained, and that a nested model is frozen is in no configuration.
 */
export function copyWeights(from: tf.LayersModel, to: tf.LayersModel): void {
  tf.tidy(() => {
    for (const [source, target] of pairs(from, to)) for (const [a, b] of weightPairs(source, target)) b.write(a.read());
  });
}

/** Copies what is frozen, from the outside inwards: setting the flag of a model sets those of the weights in it. */
function copyFlags(from: tf.LayersModel, to: tf.LayersModel): void {
  for (const [source, target] of [[from, to] as const, ...pairs(from, to)]) {
    if (target.trainable !== source.trainable) target.trainable = source.trainable;
    for (const [a, b] of weightPairs(source, target)) b.trainable = a.trainable;
  }
}

/** Places of all layers that are not trained; '' is the model itself. */
export function frozenPlaces(model: tf.LayersModel): string[] {
  const inner = allLayers(model).flatMap(({ layer, place }) => (layer.trainable ? [] : [place]));
  return model.trainable ? inner : ['', ...inner];
}

/** The inverse of {@link frozenPlaces}, for a model of which nothing is frozen. */
export function freeze(model: tf.LayersModel, places: readonly string[]): void {
  const frozen = new Set(places);
  if (frozen.has('')) model.trainable = false;
  for (const { layer, place } of allLayers(model)) if (frozen.has(place)) layer.trainable = false;
}

function* pairs(from: tf.LayersModel, to: tf.LayersModel): Generator<[tf.layers.Layer, tf.layers.Layer]> {
  const targets = allLayers(to);
  for (const [i, { layer, path }] of allLayers(from).entries()) {
    const target = targets[i]?.layer;
    if (target?.getClassName() !== layer.getClassName()) throw new Error(`The copy of ${from.name} has no ${path}.`);
    yield [layer, target];
  }
}

/** Weights that a layer has itself, in the order in which it made them. */
interface OwnWeights {
  readonly _trainableWeights?: readonly tf.LayerVariable[];
  readonly _nonTrainableWeights?: readonly tf.LayerVariable[];
}

function* weightPairs(source: object, target: object): Generator<[tf.LayerVariable, tf.LayerVariable]> {
  const own = ({ _trainableWeights = [], _nonTrainableWeights = [] }: OwnWeights): tf.LayerVariable[] => [
    ..._trainableWeights,
    ..._nonTrainableWeights,
  ];
  const targets = own(target);
  for (const [i, weight] of own(source).entries()) {
    const match = targets[i];
    if (match === undefined) throw new Error(`The copy has no ${weight.originalName}.`);
    yield [weight, match];
  }
}

/** Paths of all layers that a model's configuration names. */
export function layerPaths(model: tf.LayersModel): string[][] {
  const paths = new Map<string, string[]>();
  renamed(configOf(model), [], (path) => {
    paths.set(JSON.stringify(path), [...path]);
    return path.at(-1) ?? '';
  });
  return [...paths.values()];
}

/**
 * Names stand in a layer's `name`, in its `config.name`, and at the start of each reference of `inboundNodes` (lists of
 * lists), `inputLayers` and `outputLayers` (lists).
 * @param scope path of what the value is in
 */
function renamed(value: unknown, scope: readonly string[], rename: Rename): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, scope, rename));
  if (typeof value !== 'object' || value === null) return value;
  const name = layerName(value);
  const path = name === null ? scope : [...scope, name];
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, unknown] => {
      if (key === 'inboundNodes') return [key, (item as unknown[][]).map((node) => references(node, scope, rename))];
      if (key === 'inputLayers' || key === 'outputLayers') return [key, references(item as unknown[], scope, rename)];
      if (name !== null && key === 'name') return [key, rename(path)];
      if (name !== null && key === 'config') {
        return [key, { ...(renamed(item, path, rename) as object), name: rename(path) }];
      }
      return [key, renamed(item, path, rename)];
    }),
  );
}

/** Layers are the objects with a class whose configuration has a name; initializers and the like have none. */
function layerName(value: object): string | null {
  if (!('className' in value && 'config' in value)) return null;
  const { config } = value;
  if (typeof config !== 'object' || config === null || !('name' in config)) return null;
  return typeof config.name === 'string' ? config.name : null;
}

/** `[name, node, tensor, …]`, one or a list of them. */
function references(list: unknown[], scope: readonly string[], rename: Rename): unknown[] {
  const [first, ...rest] = list;
  if (typeof first === 'string') return [rename([...scope, first]), ...rest];
  return list.map((item) => references(item as unknown[], scope, rename));
}
