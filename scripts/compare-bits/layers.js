import { readFileSync } from 'node:fs';
import { mapValues, numbers } from './values.js';

/** Five batches of 16 and a single sample. */
const SAMPLES = 81;

const { cases: networks } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/keras-layers.json', import.meta.url), 'utf8'),
);

/**
 * A member for each network recorded from Keras, which have each kind of layer, and for each kind that is not among them.
 * @param {import('./trainings.js').Modules} modules
 * @param {'wasm' | 'tfjs'} engine
 * @returns {Promise<import('./trainings.js').Training>}
 */
export async function layerTraining({ tf, library }, engine) {
  const models = {};
  for (const network of networks) {
    // A member's name has neither spaces nor commas.
    const name = network.name.replaceAll(/[^\w-]+/g, '_');
    if (engine === 'wasm' || !isDilated(network)) models[name] = await recordedModel(tf, network);
  }
  const { dense } = tf.layers;
  const others = {
    spatialDropout1d: tf.layers.spatialDropout1d({ rate: 0.3 }),
    gaussianNoise: tf.layers.gaussianNoise({ stddev: 0.1 }),
    gaussianDropout: tf.layers.gaussianDropout({ rate: 0.3 }),
    alphaDropout: tf.layers.alphaDropout({ rate: 0.3 }),
    hardSigmoid: tf.layers.activation({ activation: 'hardSigmoid' }),
    nested: tf.sequential({
      layers: [dense({ units: 5, activation: 'relu', inputShape: [6, 7] }), dense({ units: 4 })],
    }),
    // Not covered by the engine `wasm`.
    ...(engine === 'tfjs' && {
      lstm: tf.layers.lstm({ units: 4, returnSequences: true }),
      constrained: dense({ units: 4, kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.5 }) }),
    }),
  };
  for (const [name, layer] of Object.entries(others)) {
    models[name] = tf.sequential({ layers: [dense({ units: 7, inputShape: [6, 3] }), layer, dense({ units: 3 })] });
  }
  const data = (model, end, seed) => numbers([SAMPLES, ...model[end][0].shape.slice(1)], seed);
  return {
    members: mapValues(models, (model, name) => ({ model, input: `${name}_input` })),
    outputs: mapValues(models, (_, name) => library.direct(name)),
    compile: { optimizer: 'adam', loss: 'meanSquaredError' },
    x: Object.values(models).map((model) => data(model, 'inputs', 3)),
    y: Object.values(models).map((model) => data(model, 'outputs', 4)),
  };
}

/** TensorFlow.js has no gradients of dilated convolutions of two dimensions. */
function isDilated({ layers }) {
  return layers.some(
    ([className, , { dilation_rate: rates = 1 }]) =>
      className.endsWith('Conv2D') && [rates].flat().some((rate) => rate !== 1),
  );
}

/** The model of a fixture, in the JSON that Keras 2 writes. */
function recordedModel(tf, { input, layers }) {
  const ends = (names) => names.map((name) => [name, 0, 0, {}]);
  const inputConfig = { name: 'input', batch_input_shape: [null, ...input], dtype: 'float32' };
  const config = {
    name: 'model',
    layers: [
      { class_name: 'InputLayer', name: 'input', config: inputConfig, inbound_nodes: [] },
      ...layers.map(([className, name, options, inputs]) => ({
        class_name: className,
        name,
        config: { name, ...options },
        inbound_nodes: [ends(inputs)],
      })),
    ],
    input_layers: [['input', 0, 0]],
    output_layers: [[layers.at(-1)[1], 0, 0]],
  };
  return tf.models.modelFromJSON({ class_name: 'Model', config });
}
