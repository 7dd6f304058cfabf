import * as tf from '@tensorflow/tfjs';
import { allLayers } from './layers.js';
import { completeConfigs } from './completeConfigs.js';

/** A model's configuration, the nested result of `getConfig`. */
export type ModelConfig = Record<string, unknown>;

/** Returns a layer's name in a copy. @param path names from the model inwards; the last one is the layer's own name */
export type Rename = (path: readonly string[]) => string;

interface ModelClass {
  fromConfig(cls: unknown, config: ModelConfig, customObjects: object, fastWeightInit: boolean): tf.LayersModel;
}

/**
 * Makes an independent copy of a model with its weights and trainable flags. (tfjs's own function, `modelFromJSON`, is asynchronous.)
 * @param name the copy's name
 * @param rename called for every layer, also in nested models and wrappers
 */
export function copyModel(model: tf.LayersModel, name: string, rename: Rename): tf.LayersModel {
  completeConfigs(model);
  const config = renamed(configOf(model), [], rename) as ModelConfig;
  // The weights are overwritten at once, so a cheap initialisation is enough.
  const copy = buildModel(model, { ...config, name }, true);
  copyFlags(model, copy);
  copyWeights(model, copy);
  completeConfigs(copy);
  return copy;
}

/** A copy of the model's configuration, which the caller may change. */
export function configOf(model: tf.LayersModel): ModelConfig {
  return structuredClone(model.getConfig());
}

/** Builds a model of the same class from a configuration. */
export function buildModel(like: tf.LayersModel, config: ModelConfig, fastWeightInit: boolean): tf.LayersModel {
  const cls: unknown = like.constructor;
  return (cls as ModelClass).fromConfig(cls, config, {}, fastWeightInit);
}

/**
 * Copies weights between two models of the same configuration, layer by layer. `model.weights` is not used, because its order depends on
 * which layers are frozen, and a configuration does not say that a nested model is frozen.
 */
export function copyWeights(from: tf.LayersModel, to: tf.LayersModel): void {
  tf.tidy(() => {
    for (const [source, target] of pairs(from, to)) for (const [a, b] of weightPairs(source, target)) b.write(a.read());
  });
}

/** Copies trainable flags, outer layers first, because setting a model's flag also sets those of its weights. */
function copyFlags(from: tf.LayersModel, to: tf.LayersModel): void {
  for (const [source, target] of [[from, to] as const, ...pairs(from, to)]) {
    if (target.trainable !== source.trainable) target.trainable = source.trainable;
    for (const [a, b] of weightPairs(source, target)) b.trainable = a.trainable;
  }
}

/** The places of all layers that are frozen; '' is the model itself. */
export function frozenPlaces(model: tf.LayersModel): string[] {
  const inner = allLayers(model).flatMap(({ layer, place }) => (layer.trainable ? [] : [place]));
  return model.trainable ? inner : ['', ...inner];
}

/** Freezes the layers at these places, as {@link frozenPlaces} lists them. No layer of the model may be frozen before. */
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

/** The weights of a layer, without those of layers inside it, in the order of their creation. */
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

/** The paths of all layers in a model's configuration. */
export function layerPaths(model: tf.LayersModel): string[][] {
  const paths = new Map<string, string[]>();
  renamed(configOf(model), [], (path) => {
    paths.set(JSON.stringify(path), [...path]);
    return path.at(-1) ?? '';
  });
  return [...paths.values()];
}

/**
 * Renames the layers in a part of a configuration. A layer's name is in its `name`, in its `config.name`, and at the start of each reference
 * in `inboundNodes` (lists of lists), `inputLayers` and `outputLayers` (lists).
 * @param scope the path of the model or layer that the value is in
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

/** The name of a layer; null for other values. A layer's configuration has a name; that of an initializer, for example, has none. */
function layerName(value: object): string | null {
  if (!('className' in value && 'config' in value)) return null;
  const { config } = value;
  if (typeof config !== 'object' || config === null || !('name' in config)) return null;
  return typeof config.name === 'string' ? config.name : null;
}

/** Renames references: one `[name, node, tensor, …]`, or a list of them. */
function references(list: unknown[], scope: readonly string[], rename: Rename): unknown[] {
  const [first, ...rest] = list;
  if (typeof first === 'string') return [rename([...scope, first]), ...rest];
  return list.map((item) => references(item as unknown[], scope, rename));
}
