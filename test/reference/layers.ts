import type * as tf from '@tensorflow/tfjs';
import { conv2d, dense, mask, maxPool2d, penalty, relu, reshape, sigmoid, softmax, tanh } from './ops.js';
import type { Padding, Pair } from './ops.js';
import { size, variable, type Dims, type Node, type Tape } from './tape.js';

export type Activation = 'linear' | 'relu' | 'softmax' | 'sigmoid' | 'tanh';

/** `l1 · Σ|w| + l2 · Σw²`; both 0 unless given. */
export interface Regularizer {
  readonly l1?: number;
  readonly l2?: number;
}

interface Named {
  /** Default: none; nothing depends on it. */
  readonly name?: string;
}

interface Weighted extends Named {
  /** Default: linear. */
  readonly activation?: Activation;
  /** Default: true. */
  readonly useBias?: boolean;
  readonly kernelRegularizer?: Regularizer;
  readonly biasRegularizer?: Regularizer;
  /** Default: true. Weights that are not trained are not penalised either, as in Keras 3. */
  readonly trainable?: boolean;
}

export interface Conv2dConfig extends Weighted {
  readonly filters: number;
  readonly kernelSize: number | Pair;
  /** Default: 1. */
  readonly strides?: number | Pair;
  /** Default: valid. */
  readonly padding?: Padding;
}

export interface MaxPooling2dConfig extends Named {
  /** Default: 2. */
  readonly poolSize?: number | Pair;
  /** Default: the pool's size. */
  readonly strides?: number | Pair;
  /** Default: valid. */
  readonly padding?: Padding;
}

export interface DropoutConfig extends Named {
  readonly rate: number;
  /** Index among the layers of the model that it comes from, which keys its noise. Default: its place in the list. */
  readonly place?: number;
}

/** A layer in the style of a configuration file: its tfjs name and its options. */
export type LayerConfig =
  | { readonly conv2d: Conv2dConfig }
  | { readonly maxPooling2d: MaxPooling2dConfig }
  | { readonly flatten: Named }
  | { readonly dense: Weighted & { readonly units: number } }
  | { readonly dropout: DropoutConfig }
  | { readonly activation: Named & { readonly activation: Activation } };

/** The mask of a dropout layer for one step: `rows * size` factors, 0 or 1 / (1 − rate). */
export type Noise = (
  member: string,
  place: string,
  iteration: number,
  rows: number,
  size: number,
  rate: number,
) => ArrayLike<number>;

/** A weight of a member: its values and what it is for. */
export interface Weight {
  readonly node: Node;
  readonly regularizer: Regularizer;
  readonly trainable: boolean;
}

const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);

/** Shapes of a member's weights in Keras's order: each layer's kernel, then its bias. */
export function weightShapes(layers: readonly LayerConfig[], inputShape: Dims): Dims[] {
  return describe(layers, inputShape).map(({ shape }) => shape);
}

/** Weights as nodes of a graph, on the values given. */
export function weightNodes(
  layers: readonly LayerConfig[],
  inputShape: Dims,
  values: readonly ArrayLike<number>[],
): Weight[] {
  const weights = describe(layers, inputShape);
  if (weights.length !== values.length)
    throw new RangeError(`expected ${weights.length} weights, got ${values.length}`);
  return weights.map(({ shape, ...rest }, i) => ({ node: variable(values[i] ?? [], shape), ...rest }));
}

interface Description {
  readonly shape: Dims;
  readonly regularizer: Regularizer;
  readonly trainable: boolean;
}

function describe(layers: readonly LayerConfig[], inputShape: Dims): Description[] {
  const weights: Description[] = [];
  const add = (kernel: Dims, config: Weighted): void => {
    const { kernelRegularizer = {}, biasRegularizer = {}, trainable = true } = config;
    weights.push({ shape: kernel, regularizer: kernelRegularizer, trainable });
    if (config.useBias ?? true) weights.push({ shape: kernel.slice(-1), regularizer: biasRegularizer, trainable });
  };
  let shape = inputShape;
  for (const layer of layers) {
    if ('conv2d' in layer)
      add([...pair(layer.conv2d.kernelSize), shape.at(-1) ?? 0, layer.conv2d.filters], layer.conv2d);
    if ('dense' in layer) add([shape.at(-1) ?? 0, layer.dense.units], layer.dense);
    shape = outputShape(layer, shape);
  }
  return weights;
}

/** The shape of a sample after a layer. */
function outputShape(layer: LayerConfig, shape: Dims): Dims {
  if ('flatten' in layer) return [size(shape)];
  if ('dense' in layer) return [...shape.slice(0, -1), layer.dense.units];
  if ('conv2d' in layer) {
    const { kernelSize, strides = 1, padding = 'valid', filters } = layer.conv2d;
    return [...windowed(shape, pair(kernelSize), pair(strides), padding), filters];
  }
  if ('maxPooling2d' in layer) {
    const { poolSize = 2, strides = poolSize, padding = 'valid' } = layer.maxPooling2d;
    return [...windowed(shape, pair(poolSize), pair(strides), padding), shape.at(-1) ?? 0];
  }
  return shape;
}

function windowed(shape: Dims, kernel: Pair, strides: Pair, padding: Padding): Dims {
  const along = (extent: number, k: number, s: number): number =>
    padding === 'same' ? Math.ceil(extent / s) : Math.floor((extent - k) / s) + 1;
  return [along(shape[0] ?? 0, kernel[0], strides[0]), along(shape[1] ?? 0, kernel[1], strides[1])];
}

/**
 * A member's output.
 * @param x `(B, …)`
 * @param weights as `weightNodes` makes them
 * @param noise masks of the dropout layers by place; null to predict, without dropout
 */
export function forward(
  tape: Tape,
  layers: readonly LayerConfig[],
  weights: readonly Weight[],
  x: Node,
  noise: ((place: string, rows: number, size: number, rate: number) => ArrayLike<number>) | null,
): Node {
  let next = 0;
  const take = (): Node => {
    const weight = weights[next++];
    if (!weight) throw new RangeError(`expected more than ${weights.length} weights`);
    return weight.node;
  };
  const takeBias = (config: Weighted): Node | null => ((config.useBias ?? true) ? take() : null);
  const [rows = 0] = x.shape;
  layers.forEach((layer, index) => {
    if ('conv2d' in layer) {
      const { strides = 1, padding = 'valid', activation } = layer.conv2d;
      x = activate(tape, conv2d(tape, x, take(), takeBias(layer.conv2d), pair(strides), padding), activation);
    } else if ('maxPooling2d' in layer) {
      const { poolSize = 2, strides = poolSize, padding = 'valid' } = layer.maxPooling2d;
      x = maxPool2d(tape, x, pair(poolSize), pair(strides), padding);
    } else if ('flatten' in layer) {
      x = reshape(tape, x, [rows, size(x.shape) / rows]);
    } else if ('dense' in layer) {
      x = activate(tape, dense(tape, x, take(), takeBias(layer.dense)), layer.dense.activation);
    } else if ('dropout' in layer) {
      const { rate, place = index } = layer.dropout;
      if (noise && rate > 0) x = mask(tape, x, noise(String(place), rows, size(x.shape) / rows, rate));
    } else x = activate(tape, x, layer.activation.activation);
  });
  return x;
}

function activate(tape: Tape, x: Node, activation: Activation = 'linear'): Node {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return relu(tape, x);
    case 'softmax':
      return softmax(tape, x);
    case 'sigmoid':
      return sigmoid(tape, x);
    case 'tanh':
      return tanh(tape, x);
  }
}

/** Regularisation of a member: a scalar for each weight that has any. */
export function penalties(tape: Tape, weights: readonly Weight[]): Node[] {
  return weights
    .filter(({ regularizer: { l1 = 0, l2 = 0 }, trainable }) => trainable && (l1 !== 0 || l2 !== 0))
    .map(({ node, regularizer: { l1 = 0, l2 = 0 } }) => penalty(tape, node, l1, l2));
}

/**
 * The layers of a tfjs model that is a chain: a `tf.Sequential`, or a functional model with one layer after the other.
 * Takes the model by its shape, so that it may come from any copy of tfjs.
 */
export function layersFromModel(model: tf.LayersModel): LayerConfig[] {
  const layers = model.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  let [end] = model.inputs;
  for (const layer of layers) {
    if (layer.input !== end)
      throw new Error(`expected a chain of layers; ${layer.name} does not follow its predecessor`);
    end = layer.output as tf.SymbolicTensor;
  }
  if (model.inputs.length !== 1 || model.outputs.length !== 1 || model.outputs[0] !== end)
    throw new Error('expected a chain of layers with one input and one output');
  return layers.map((layer) => layerFromTfjs(layer, model.layers.indexOf(layer)));
}

/** The parts of tfjs's layer configurations that the reference knows. */
interface TfjsConfig {
  readonly [option: string]: unknown;
  readonly name: string;
}

/** Options that change what a layer computes and that the reference has nothing for: for each, the value it takes. */
const onlyAs: Readonly<Record<string, unknown>> = {
  dataFormat: 'channelsLast',
  dilationRate: [1, 1],
  activityRegularizer: null,
  kernelConstraint: null,
  biasConstraint: null,
  noiseShape: undefined,
};

function layerFromTfjs(layer: tf.layers.Layer, place: number): LayerConfig {
  const config = layer.getConfig() as TfjsConfig;
  for (const [option, value] of Object.entries(onlyAs)) {
    if (option in config && JSON.stringify(config[option]) !== JSON.stringify(value))
      throw new Error(`layer ${config.name}: the reference knows ${option} only as ${JSON.stringify(value)}`);
  }
  const pick = (...options: string[]): object => {
    const given = ['name', ...options].filter((option) => config[option] !== undefined && config[option] !== null);
    return Object.fromEntries(given.map((option) => [option, plain(config[option])]));
  };
  const weighted = ['activation', 'useBias', 'kernelRegularizer', 'biasRegularizer'];
  const trainable = layer.trainable ? {} : { trainable: false };
  switch (layer.getClassName()) {
    case 'Conv2D':
      return {
        conv2d: { ...pick('filters', 'kernelSize', 'strides', 'padding', ...weighted), ...trainable } as Conv2dConfig,
      };
    case 'MaxPooling2D':
      return { maxPooling2d: pick('poolSize', 'strides', 'padding') };
    case 'Flatten':
      return { flatten: pick() };
    case 'Dense':
      return { dense: { ...pick('units', ...weighted), ...trainable } as Weighted & { units: number } };
    case 'Dropout':
      return { dropout: { ...pick('rate'), place } as DropoutConfig };
    case 'Activation':
      return { activation: pick('activation') as Named & { activation: Activation } };
    default:
      throw new Error(`layer ${config.name}: the reference has no ${layer.getClassName()}`);
  }
}

/** A serialized regulariser is its own options; all else is plain already. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'config' in value ? value.config : value;
}
