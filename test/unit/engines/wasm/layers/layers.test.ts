import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../../src/engines/engine.js';
import { createWasmEngine } from '../../../../../src/engines/wasm/index.js';
import { sgd } from '../../../../../src/train/optimizers/index.js';
import { createMember, difference, noExchange } from '../../tfjs/helpers.js';
import { after, apply, expectSame, fillWeights, TOLERANCE, type Layers, type Size } from './sameAsTfjs.js';

const ROWS = 5;

const wasm: Engine = createWasmEngine();

const conv = (filters: number, kernelSize: number | [number, number], rest: object = {}) =>
  tf.layers.conv2d({ filters, kernelSize, biasInitializer: 'randomUniform', ...rest });

const ACTIVATIONS = [
  'elu',
  'gelu',
  'hardSigmoid',
  'mish',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'swish',
  'tanh',
] as const;

const depthwise = (kernelSize: number | [number, number], rest: object = {}) =>
  tf.layers.depthwiseConv2d({ kernelSize, biasInitializer: 'randomUniform', ...rest });
const separable = (filters: number, kernelSize: number | [number, number], rest: object = {}) =>
  tf.layers.separableConv2d({ filters, kernelSize, biasInitializer: 'randomUniform', ...rest });

/** Batches that are cut into several shards, and smaller ones after them. */
const SHARDS = [130, 70, 5];

const CASES: [name: string, inputShape: Size, layers: Layers, rows?: number[]][] = [
  ['dense', [7], () => [tf.layers.dense({ units: 5, biasInitializer: 'randomUniform' })]],
  ['dense, more than one panel', [37], () => [tf.layers.dense({ units: 21, activation: 'relu' })]],
  ['dense without a bias, over the last of two axes', [3, 6], () => [tf.layers.dense({ units: 9, useBias: false })]],
  ['conv2d 3x3 same on 1 channel', [8, 8, 1], () => [conv(25, 3, { padding: 'same', activation: 'relu' })]],
  ['conv2d 3x3 same on 1 channel, 8 filters', [8, 8, 1], () => [conv(8, 3, { padding: 'same', activation: 'relu' })]],
  ['conv2d 3x3 valid on 3 channels', [7, 9, 3], () => [conv(5, 3)]],
  ['conv2d 3x3 same, 25 to 9', [6, 5, 25], () => [conv(9, 3, { padding: 'same' })]],
  ['conv2d 2x4, strides 2 and 1, same', [9, 6, 3], () => [conv(5, [2, 4], { strides: [2, 1], padding: 'same' })]],
  ['conv2d 2x4, strides 2 and 3, valid', [9, 10, 3], () => [conv(5, [2, 4], { strides: [2, 3] })]],
  ['conv2d 5x5, stride 2, same', [7, 8, 4], () => [conv(6, 5, { strides: 2, padding: 'same' })]],
  ['conv2d 1x1', [5, 6, 25], () => [conv(7, 1, { activation: 'relu' })]],
  ['conv2d 1x1, stride 2', [5, 6, 3], () => [conv(7, 1, { strides: 2 })]],
  ['maxPooling2d', [6, 8, 5], () => [tf.layers.maxPooling2d({ poolSize: 2 })]],
  ['maxPooling2d on odd sizes', [7, 5, 3], () => [tf.layers.maxPooling2d({ poolSize: 2 })]],
  [
    'maxPooling2d of overlapping windows, same',
    [7, 8, 6],
    () => [tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  ],
  [
    'conv2d and maxPooling2d as one',
    [8, 12, 1],
    () => [conv(25, 3, { padding: 'same', activation: 'relu' }), tf.layers.maxPooling2d({ poolSize: 2 })],
  ],
  [
    'conv2d and overlapping maxPooling2d as one',
    [9, 11, 3],
    () => [conv(6, 3), tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  ],
  ['dropout and flatten', [4, 5, 9], () => [tf.layers.dropout({ rate: 0.3 }), tf.layers.flatten()]],
  [
    'dropout after ReLUs, whose gradients do for both',
    [6, 8, 3],
    () => [
      conv(5, 3, { activation: 'relu' }),
      tf.layers.dropout({ rate: 0.2 }),
      conv(9, 2, { activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 12, activation: 'relu' }),
      tf.layers.dropout({ rate: 0.4 }),
      tf.layers.dropout({ rate: 0.1 }),
      tf.layers.dense({ units: 4 }),
    ],
    SHARDS,
  ],
  [
    'dropout after a ReLU of another use',
    [7],
    (x) => {
      const y = apply(tf.layers.dense({ units: 9, activation: 'relu' }), x);
      return apply(tf.layers.add(), [y, apply(tf.layers.dropout({ rate: 0.3 }), y)]);
    },
  ],
  ['dropout of nothing', [37], () => [tf.layers.dropout({ rate: 0 })]],
  ['reshape', [4, 6, 2], () => [tf.layers.reshape({ targetShape: [8, 6] }), tf.layers.dense({ units: 4 })]],
  ...ACTIVATIONS.map((activation): [string, Size, Layers] => [
    `dense and conv2d with ${activation}`,
    [5, 5, 3],
    () => [conv(6, 2, { activation }), tf.layers.flatten(), tf.layers.dense({ units: 7, activation })],
  ]),
  [
    'batchNormalization of vectors',
    [25],
    () => [tf.layers.batchNormalization(), tf.layers.dense({ units: 3 })],
    SHARDS,
  ],
  ['batchNormalization of 1 number', [1], () => [tf.layers.batchNormalization({ momentum: 0.5 })], SHARDS],
  ...[1, 3, 8, 25].map((channels): [string, Size, Layers, number[]] => [
    `batchNormalization of ${channels} channels`,
    [5, 7, channels],
    () => [tf.layers.batchNormalization({ momentum: 0.8, epsilon: 0.01 }), conv(3, 2)],
    SHARDS,
  ]),
  ['batchNormalization of sequences', [6, 10], () => [tf.layers.batchNormalization(), tf.layers.flatten()], SHARDS],
  [
    'batchNormalization without scale and center',
    [4, 3, 6],
    () => [tf.layers.batchNormalization({ scale: false }), conv(5, 2), tf.layers.batchNormalization({ center: false })],
    SHARDS,
  ],
  [
    'batchNormalization without both',
    [9],
    () => [tf.layers.batchNormalization({ scale: false, center: false })],
    SHARDS,
  ],
  [
    'batchNormalization that is not trained',
    [4, 3, 6],
    () => [tf.layers.batchNormalization({ trainable: false }), conv(5, 2)],
  ],
  [
    'batchNormalization with regularizers',
    [7],
    () => [tf.layers.batchNormalization({ gammaRegularizer: 'l1l2', betaRegularizer: 'l1l2' })],
  ],
  ...[2, 3, 8, 25].map((width): [string, Size, Layers, number[]] => [
    `layerNormalization of ${width} numbers`,
    [width],
    () => [tf.layers.layerNormalization(), tf.layers.dense({ units: 4 })],
    SHARDS,
  ]),
  [
    'layerNormalization over the last of several axes',
    [4, 3, 10],
    () => [tf.layers.layerNormalization({ epsilon: 0.01, gammaRegularizer: 'l1l2' }), conv(5, 2)],
  ],
  [
    'layerNormalization over the last two axes',
    [4, 3, 5],
    () => [tf.layers.layerNormalization({ axis: [-2, -1] }), conv(5, 2)],
  ],
  ...[1, 3, 25].map((channels): [string, Size, Layers] => [
    `depthwiseConv2d 3x3 same on ${channels} channels`,
    [5, 7, channels],
    () => [depthwise(3, { padding: 'same', activation: 'relu' })],
  ]),
  ['depthwiseConv2d 3x2 valid, 2 filters a channel', [7, 6, 5], () => [depthwise([3, 2], { depthMultiplier: 2 })]],
  [
    'depthwiseConv2d 3x3 same, 3 filters a channel',
    [5, 6, 1],
    () => [depthwise(3, { padding: 'same', depthMultiplier: 3, activation: 'softplus' })],
  ],
  ['depthwiseConv2d 5x5, stride 2, same', [7, 10, 6], () => [depthwise(5, { padding: 'same', strides: 2 })]],
  ['depthwiseConv2d 4x4, stride 3, valid', [12, 10, 4], () => [depthwise(4, { strides: 3, useBias: false })]],
  ['depthwiseConv2d of many rows', [4, 5, 8], () => [depthwise(2)], SHARDS],
  ['separableConv2d 3x3 same', [5, 6, 3], () => [separable(7, 3, { padding: 'same', activation: 'relu' })]],
  [
    'separableConv2d 2x3, stride 2, with regularizers',
    [7, 8, 25],
    () => [separable(4, [2, 3], { strides: 2, depthwiseRegularizer: 'l1l2', pointwiseRegularizer: 'l1l2' })],
  ],
  ['separableConv2d of many rows', [4, 5, 3], () => [separable(9, 2, { useBias: false, activation: 'tanh' })], SHARDS],
  ...[1, 3, 25].map((channels): [string, Size, Layers] => [
    `averagePooling2d of ${channels} channels`,
    [6, 8, channels],
    () => [tf.layers.averagePooling2d({ poolSize: 2 })],
  ]),
  ['averagePooling2d on odd sizes', [7, 5, 6], () => [tf.layers.averagePooling2d({ poolSize: [2, 3] })]],
  [
    'averagePooling2d with gaps between windows',
    [9, 7, 3],
    () => [tf.layers.averagePooling2d({ poolSize: 2, strides: [3, 4] })],
  ],
  [
    'averagePooling2d of overlapping windows',
    [7, 10, 6],
    () => [tf.layers.averagePooling2d({ poolSize: [3, 4], strides: 2 })],
  ],
  [
    'averagePooling1d',
    [9, 5],
    () => [tf.layers.averagePooling1d({ poolSize: 3, strides: 2 }), tf.layers.averagePooling1d({})],
  ],
  ...[1, 3, 25].flatMap((channels): [string, Size, Layers][] => [
    [`globalAveragePooling2d of ${channels} channels`, [5, 7, channels], () => [tf.layers.globalAveragePooling2d({})]],
    [`globalMaxPooling2d of ${channels} channels`, [5, 7, channels], () => [tf.layers.globalMaxPooling2d({})]],
    [`globalAveragePooling1d of ${channels} channels`, [6, channels], () => [tf.layers.globalAveragePooling1d({})]],
    [`globalMaxPooling1d of ${channels} channels`, [6, channels], () => [tf.layers.globalMaxPooling1d({})]],
  ]),
  ...[1, 3, 25].flatMap((channels): [string, Size, Layers][] => [
    [
      `zeroPadding2d of ${channels} channels`,
      [4, 5, channels],
      () => [tf.layers.zeroPadding2d({ padding: [[1, 2], [0, 3]] }), conv(4, 3)], // prettier-ignore
    ],
    [
      `upSampling2d of ${channels} channels`,
      [3, 5, channels],
      () => [tf.layers.upSampling2d({ size: [3, 2] }), conv(4, 2)],
    ],
    [
      `permute of ${channels} channels`,
      [4, 5, channels],
      () => [tf.layers.permute({ dims: [3, 1, 2] }), conv(4, 1), tf.layers.permute({ dims: [2, 1, 3] }), conv(3, 1)],
    ],
  ]),
  ['permute of two dimensions', [6, 9], () => [tf.layers.permute({ dims: [2, 1] }), tf.layers.dense({ units: 5 })]],
  ...[1, 3, 25].map((channels): [string, Size, Layers] => [
    `spatialDropout1d of ${channels} channels`,
    [5, channels],
    () => [tf.layers.spatialDropout1d({ rate: 0.4 })],
  ]),
  ['gaussianNoise', [5, 7, 3], () => [tf.layers.gaussianNoise({ stddev: 0.5 }), conv(4, 2)], SHARDS],
  ['gaussianDropout', [37], () => [tf.layers.gaussianDropout({ rate: 0.3 }), tf.layers.dense({ units: 4 })], SHARDS],
  ['gaussianDropout of nothing', [37], () => [tf.layers.gaussianDropout({ rate: 0 })]],
  ['alphaDropout', [4, 5, 9], () => [tf.layers.alphaDropout({ rate: 0.3 }), conv(4, 2)], SHARDS],
  ...(['add', 'average', 'multiply', 'maximum', 'minimum'] as const).flatMap((name): [string, Size, Layers][] => [
    [
      `${name} of three`,
      [6, 5, 3],
      (x) => apply(tf.layers[name](), [x, apply(conv(3, 1), x), apply(conv(3, 3, { padding: 'same' }), x)]),
    ],
    [`${name} of twice the same`, [25], (x) => apply(tf.layers[name](), [x, x])],
    [
      `${name} with the model's input`,
      [7],
      (x) => apply(tf.layers[name](), [x.sourceLayer.input as tf.SymbolicTensor, x, apply(tf.layers.reLU(), x)]),
    ],
  ]),
  [
    'residual connections',
    [8, 6, 5],
    (x) => {
      const inner = apply(conv(5, 3, { padding: 'same', activation: 'relu' }), x);
      const first = apply(tf.layers.add(), [x, apply(conv(5, 3, { padding: 'same' }), inner)]);
      const pooled = apply(tf.layers.averagePooling2d({ poolSize: 2 }), first);
      const second = apply(tf.layers.add(), [pooled, apply(conv(5, 1, { strides: 2 }), first), pooled]);
      return apply(tf.layers.globalAveragePooling2d({}), second);
    },
    SHARDS,
  ],
  [
    'a tensor that is used three times, last by a pooling that leaves some of it out',
    [7, 5, 3],
    (x) => {
      const some = apply(tf.layers.averagePooling2d({ poolSize: 4 }), x);
      return apply(tf.layers.concatenate({ axis: 1 }), [
        apply(conv(3, 2), x),
        apply(tf.layers.upSampling2d({ size: [4, 4] }), some),
        apply(tf.layers.upSampling2d({ size: [2, 2] }), apply(tf.layers.maxPooling2d({ poolSize: 2 }), x)),
      ]);
    },
  ],
  ...[1, 3, 25].flatMap((channels): [string, Size, Layers][] =>
    [1, 2, 3, -1].map((axis) => [
      `concatenation of ${channels} channels along axis ${axis}`,
      [3, 4, channels],
      (x) => {
        const y = apply(conv(axis === 1 || axis === 2 ? channels : 5, 1), x);
        const grown = axis === 1 ? apply(tf.layers.zeroPadding2d({ padding: [[1, 1], [0, 0]] }), y) : y; // prettier-ignore
        return apply(conv(4, 1), apply(tf.layers.concatenate({ axis }), [x, grown, x]));
      },
    ]),
  ),
  [
    'concatenation of vectors',
    [5],
    (x) => apply(tf.layers.concatenate(), [x, apply(tf.layers.dense({ units: 6 }), x)]),
  ],
  [
    'activation layers',
    [19],
    () => [tf.layers.leakyReLU({ alpha: 0.2 }), tf.layers.dense({ units: 3 }), tf.layers.softmax()],
  ],
];

describe('the wasm engine gives what the tfjs engine gives', () => {
  it.each(CASES)('%s', async (_name, inputShape, layers, steps = [ROWS, 1, 3]) => {
    await expectSame(after(inputShape, layers), steps);
  });

  // Of one channel and without a gradient for its input, a convolution has kernels of its own.
  const first: [filters: number, size: Size, options: object][] = [
    ...[1, 2, 3, 4, 5, 7, 8, 9, 25].map((filters): [number, Size, object] => [
      filters,
      [10, 8, 1],
      { padding: 'same', activation: 'relu' },
    ]),
    [6, [9, 7, 1], { padding: 'valid' }],
    [5, [7, 11, 1], { padding: 'same', useBias: false }],
    [13, [4, 4, 1], { activation: 'relu' }],
    // A last filter alone goes by four windows at once, of which rows here leave three, one and two over; in the last case there is one in all.
    [1, [6, 14, 1], { padding: 'same' }],
    [9, [8, 10, 1], { padding: 'same', activation: 'relu' }],
    [17, [5, 14, 1], { padding: 'valid', activation: 'relu' }],
    [25, [4, 5, 1], { padding: 'valid' }],
  ];
  it.each(first)(
    'a first conv2d of %i filters and maxPooling2d, on %j with %j',
    async (filters, inputShape, options) => {
      const model = tf.sequential({
        layers: [
          conv(filters, 3, { inputShape, ...options }),
          tf.layers.maxPooling2d({ poolSize: 2 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 3 }),
        ],
      });
      await expectSame(model, SHARDS);
    },
  );
});

describe('where the tfjs engine is no reference', () => {
  // TensorFlow.js divides gradients by the size of whole windows, padding included.
  it.each<[string, Size, Layers]>([
    [
      'averagePooling2d of overlapping windows, same',
      [7, 10, 3],
      () => [tf.layers.averagePooling2d({ poolSize: [3, 2], strides: 2, padding: 'same' })],
    ],
    ['averagePooling2d, same', [5, 3, 6], () => [tf.layers.averagePooling2d({ poolSize: 2, padding: 'same' })]],
    [
      'averagePooling1d, same',
      [9, 5],
      () => [tf.layers.averagePooling1d({ poolSize: 4, strides: 3, padding: 'same' })],
    ],
  ])('gradients of %s are differences of the outputs', async (_name, inputShape, layers) => {
    const model = after(inputShape, layers);
    fillWeights(model);
    const created = await createMember(wasm, model, { batchSize: ROWS });
    const { member, slots, state } = created;
    const start = state.weights.slice();
    const loss = (): number => {
      member.load(state);
      wasm.infer([member], { rows: ROWS, seed: 3 });
      return slots.output.reduce((sum, value, i) => sum + value * (slots.outputGradient[i] ?? 0), 0);
    };
    const before = loss();
    // The model is linear, so that a step of any length will do.
    const differences = start.map((value, i) => {
      state.weights.set(start);
      state.weights[i] = value + 1;
      return loss() - before;
    });
    state.weights.set(start);
    member.load(state);
    wasm.train([member], { rows: ROWS, seed: 3 }, noExchange);
    const updated = created.weights().flatMap((weight) => [...weight]);
    expect(
      difference(
        start.map((value, i) => value - (updated[i] ?? 0)),
        differences,
      ),
    ).toBeLessThan(TOLERANCE);
  });

  it('globalMaxPooling shares a gradient among equal numbers, as TensorFlow does', async () => {
    const channels = 6;
    const model = tf.sequential({
      layers: [
        tf.layers.conv1d({ filters: channels, kernelSize: 1, kernelInitializer: 'zeros', inputShape: [7, 2] }),
        tf.layers.globalMaxPooling1d({}),
      ],
    });
    const actual = await createMember(wasm, model, { batchSize: ROWS, optimizer: sgd({ learningRate: 1 }) });
    wasm.train([actual.member], { rows: ROWS, seed: 3 }, noExchange);
    const sums = Array.from({ length: channels }, (_, channel) =>
      actual.slots.outputGradient.reduce((sum, value, i) => (i % channels === channel ? sum + value : sum), 0),
    );
    const [, bias = []] = actual.weights();
    expect(
      difference(
        bias,
        sums.map((sum) => -sum),
      ),
    ).toBeLessThan(TOLERANCE);
  });

  it.each<[string, (x: tf.SymbolicTensor) => tf.SymbolicTensor, RegExp]>([
    [
      'add of different shapes',
      (x) => apply(tf.layers.add(), [x, apply(tf.layers.globalAveragePooling2d({}), x)]),
      /different shapes: \[4, 4, 3\] and \[3\]/,
    ],
    [
      'bilinear upSampling2d',
      (x) => apply(tf.layers.upSampling2d({ interpolation: 'bilinear' }), x),
      /`interpolation`/,
    ],
    [
      'averagePooling2d with channels first',
      (x) => apply(tf.layers.averagePooling2d({ dataFormat: 'channelsFirst' }), x),
      /`data_format`/,
    ],
  ])('%s is not covered', async (_name, layers, reason) => {
    const model = after([4, 4, 3], layers);
    await expect(createMember(wasm, model)).rejects.toThrow(reason);
  });
});
