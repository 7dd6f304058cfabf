import * as tf from '@tensorflow/tfjs';
import { EnsembleError } from '../errors.js';
import type { Config } from './config.js';
import { didYouMean, didYouMeanOneOf } from '../text/names.js';

type Factory = (options: object) => tf.layers.Layer;

/** Functions of `tf.layers` that are not layers. */
const NO_LAYERS: ReadonlySet<string> = new Set(['input', 'Layer', 'RNN', 'RNNCell']);

/** Options that every layer accepts. Most layers do not list them in `getConfig()`. */
const COMMON = ['inputShape', 'batchInputShape', 'batchSize', 'dtype', 'weights', 'inputDType'];

/**
 * Builds the model of a net.
 * @param inputShape shape of one sample
 * @throws EnsembleError `CONFIG` with the path of the layer, `nets.cnn[3].dense`
 */
export function buildNet(name: string, layers: Config['nets'][string], inputShape: readonly number[]): tf.Sequential {
  const model = tf.sequential();
  for (const [i, setting] of layers.entries()) {
    const [[type, options] = ['', null]] = Object.entries(setting);
    const path = `nets.${name}[${i}].${type}`;
    const factory = findFactory(type, path);
    try {
      const layer = buildLayer(factory, { ...(i === 0 ? { inputShape: [...inputShape] } : {}), ...options });
      if (model.layers.some((other) => other.name === layer.name))
        throw new Error(`expected each layer to have a unique name, found "${layer.name}" twice`);
      model.add(layer);
    } catch (error) {
      throw new EnsembleError('CONFIG', `${path}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  return model;
}

/** TensorFlow.js ignores unknown options. Here, an option is a mistake if the layer neither reads it nor has it in `getConfig()`. */
function buildLayer(factory: Factory, options: Readonly<Record<string, unknown>>): tf.layers.Layer {
  const read = new Set<PropertyKey>();
  const observed = new Proxy(options, {
    get(target, key): unknown {
      read.add(key);
      return Reflect.get(target, key);
    },
  });
  const layer = factory(observed);
  const known = [...new Set([...Object.keys(layer.getConfig()), ...COMMON])];
  const unknown = Object.keys(options).find((key) => !read.has(key) && !known.includes(key));
  if (unknown === undefined) return layer;
  throw new Error(`unknown option "${unknown}"${didYouMeanOneOf(unknown, known)}`);
}

function findFactory(type: string, path: string): Factory {
  const factories = Object.entries(tf.layers).filter(
    ([key, value]) => typeof value === 'function' && !NO_LAYERS.has(key),
  );
  const factory = factories.find(([key]) => key === type)?.[1] as Factory | undefined;
  if (factory !== undefined) return factory;
  const names = factories.map(([key]) => key);
  throw new EnsembleError('CONFIG', `${path}: TensorFlow.js has no such layer${didYouMean(type, names)}`);
}
