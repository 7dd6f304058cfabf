/**
 * Small trainings that between them use each optimizer, merge, loss and layer: the cases of test/threads/cases.ts, with and without
 * dropout, and ensembles of many independent members, one for each thing to try.
 */
import { layerTraining } from './layers.js';
import { mapValues, numbers } from './values.js';

/** 104 samples are six batches of 16 and a smaller one. */
const SAMPLES = 104;
export const fitOptions = { batchSize: 16, epochs: 2, seed: 5, threads: 2 };

/**
 * @typedef {object} Training what `new Ensemble`, `compile` and `fit` take
 * @property {import('tfjs-ensemble').MemberSpecs} members
 * @property {Readonly<Record<string, import('tfjs-ensemble').MergeSpec>>} outputs
 * @property {import('tfjs-ensemble').CompileOptions<string>} compile
 * @property {import('tfjs-ensemble').Inputs<string>} x
 * @property {import('tfjs-ensemble').Targets<string>} y
 */

/**
 * The modules of the checkout that trains.
 * @typedef {object} Modules
 * @property {typeof import('@tensorflow/tfjs')} tf
 * @property {typeof import('tfjs-ensemble')} library
 * @property {typeof import('tfjs-ensemble/data').mnist} mnist
 */

/**
 * @param {Modules} modules
 * @returns {Promise<[name: string, make: (engine: 'wasm' | 'tfjs') => Training | Promise<Training>][]>} each makes its models anew
 */
export async function readTrainings(modules) {
  const { mnist } = modules;
  const digits = {
    upright: await mnist('train', { limit: SAMPLES }),
    turned: await mnist('train', { limit: SAMPLES, rotate: 90 }),
    others: await mnist('train', { limit: SAMPLES, skip: 500, rotate: 90 }),
    fewer: await mnist('train', { limit: 72, skip: 500, rotate: 90 }),
  };
  return [
    ...caseTrainings(modules, digits),
    ['optimizers', () => optimizerTraining(modules, digits.upright)],
    ['merges', () => mergeTraining(modules, digits.upright)],
    ['losses', () => lossTraining(modules, digits.upright)],
    ['layers', (engine) => layerTraining(modules, engine)],
  ];
}

/** The reference CNN, smaller. */
function cnn(tf, rate) {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.dropout({ rate }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8, activation: 'relu' }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
}

/** The cases of the exactness test (test/threads/exact.test.ts), each with its optimizers and rates of dropout. */
function caseTrainings({ tf, library }, { upright, turned, others, fewer }) {
  const { adam, direct, mean, sgd } = library;
  const three = { cnn1: 'input', cnn2: 'input', cnn3: 'input' };
  const twoInputs = { cnn1: 'input1', cnn2: 'input1', cnn3: 'input2' };
  const combined = { combined: mean(['cnn1', 'cnn2', 'cnn3']) };
  const combinedAndDirect = { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') };
  /** Inputs of members; outputs; data of inputs and of outputs; weights of losses. */
  const cases = {
    'case 1': [{ cnn1: 'input' }, { cnn1: direct('cnn1') }, [upright], [upright]],
    'case 2': [three, combined, [upright], [upright]],
    'case 3': [three, { combined: mean(['cnn1', 'cnn2']) }, [upright], [upright]],
    'case 4': [three, combinedAndDirect, [upright], [upright, upright], { cnn3: 0.5 }],
    'case 5': [twoInputs, combinedAndDirect, [upright, fewer], [upright, fewer], { combined: 2 }],
    'case 6': [twoInputs, combined, [upright, turned], [upright]],
    'case 7': [twoInputs, combinedAndDirect, [upright, others], [upright, others], { cnn3: 0.5 }],
    'case 8': [
      { cnn1: 'input', cnn2: 'input' },
      { combined: mean(['cnn1', 'cnn2']), cnn2: direct('cnn2') },
      [upright],
      [upright, upright],
      { cnn2: 0.5 },
    ],
  };
  const optimizers = { adam: adam(), sgd: sgd({ learningRate: 0.05, momentum: 0.9 }) };
  const loss = 'categoricalCrossentropy';
  return Object.entries(cases).flatMap(([name, [inputs, outputs, x, y, lossWeights = {}]]) =>
    Object.entries(optimizers).flatMap(([optimizerName, optimizer]) =>
      [0, 0.3].map((rate) => [
        `${name}, ${optimizerName}, dropout ${rate}`,
        () => ({
          members: mapValues(inputs, (input) => ({ model: cnn(tf, rate), input })),
          outputs,
          compile: { optimizer, loss, lossWeights, metrics: ['accuracy'] },
          x: x.map((data) => data.x),
          y: y.map((data) => data.y),
        }),
      ]),
    ),
  );
}

/** A member for each optimizer. */
function optimizerTraining({ tf, library }, digits) {
  const { adam, adamw, direct, rmsprop, sgd } = library;
  const optimizers = {
    sgd: sgd(),
    momentum: sgd({ learningRate: 0.05, momentum: 0.9 }),
    nesterov: sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
    rmsprop: rmsprop(),
    rmspropMomentum: rmsprop({ rho: 0.8, momentum: 0.5 }),
    rmspropCentered: rmsprop({ centered: true }),
    rmspropBoth: rmsprop({ momentum: 0.5, epsilon: 1e-5, centered: true }),
    adam: adam({ learningRate: 3e-3, beta1: 0.8, beta2: 0.99, epsilon: 1e-5 }),
    adamw: adamw({ weightDecay: 0.1 }),
  };
  return {
    members: mapValues(optimizers, (optimizer) => ({ model: cnn(tf, 0.3), optimizer })),
    outputs: mapValues(optimizers, (_, name) => direct(name)),
    compile: { optimizer: 'adam', loss: 'categoricalCrossentropy' },
    x: { input: digits.x },
    y: mapValues(optimizers, () => digits.y),
  };
}

/** Two members for each merge. */
function mergeTraining({ tf, library }, digits) {
  const { concatenate, maximum, mean, minimum, product, sum, weightedMean } = library;
  const weighted = (members) => weightedMean(members, [1, 3]);
  const merges = { concatenate, maximum, mean, minimum, product, sum, weightedMean: weighted };
  const pair = (name) => [`${name}1`, `${name}2`];
  const members = Object.keys(merges).flatMap((name) => pair(name).map((member) => [member, { model: cnn(tf, 0) }]));
  const concatenated = numbers([SAMPLES, 20], 1);
  return {
    members: Object.fromEntries(members),
    outputs: mapValues(merges, (merge, name) => merge(pair(name))),
    compile: {
      optimizer: 'adam',
      loss: { ...mapValues(merges, () => 'categoricalCrossentropy'), concatenate: 'meanSquaredError' },
    },
    x: { input: digits.x },
    y: { ...mapValues(merges, () => digits.y), concatenate: concatenated },
  };
}

/** Each loss on a direct output, where it may take logits, and on a merged one. */
function lossTraining({ tf, library }, digits) {
  const { direct, mean } = library;
  const { values } = digits.y;
  const labels = { data: Uint8Array.from(values), shape: [SAMPLES] };
  const parity = { data: Uint8Array.from(values, (label) => label % 2), shape: [SAMPLES, 1] };
  const rows = Float32Array.from({ length: SAMPLES * 10 }, (_, i) => (values[Math.floor(i / 10)] === i % 10 ? 1 : 0));
  const oneHot = { data: rows, shape: [SAMPLES, 10] };
  /** The last layer, the loss, and targets. */
  const kinds = {
    categorical: [{ units: 10, activation: 'softmax' }, 'categoricalCrossentropy', oneHot],
    sparse: [{ units: 10, activation: 'softmax' }, 'sparseCategoricalCrossentropy', labels],
    binary: [{ units: 1, activation: 'sigmoid' }, 'binaryCrossentropy', parity],
    binaryRows: [{ units: 10, activation: 'sigmoid' }, 'binaryCrossentropy', oneHot],
    squared: [{ units: 3 }, 'meanSquaredError', numbers([SAMPLES, 3], 2)],
  };
  const model = (last) => {
    const first = tf.layers.flatten({ inputShape: [28, 28, 1] });
    return tf.sequential({
      layers: [first, tf.layers.dense({ units: 8, activation: 'tanh' }), tf.layers.dense(last)],
    });
  };
  const members = {};
  const [outputs, loss, y] = [{}, {}, {}];
  for (const [name, [last, itsLoss, targets]] of Object.entries(kinds)) {
    const [alone, ...merged] = ['Alone', '1', '2'].map((suffix) => name + suffix);
    for (const member of [alone, ...merged]) members[member] = { model: model(last) };
    outputs[`${name}Direct`] = direct(alone);
    outputs[`${name}Mean`] = mean(merged);
    for (const output of [`${name}Direct`, `${name}Mean`]) [loss[output], y[output]] = [itsLoss, targets];
  }
  const metrics = mapValues(outputs, (_, name) => (name.startsWith('squared') ? [] : ['accuracy']));
  return { members, outputs, compile: { optimizer: 'adam', loss, metrics }, x: { input: digits.x }, y };
}
