// Generated from kernels/ by scripts/build-kernels.js. Do not edit.
import type { Address } from './address.js';

/** The kernels, each documented in the file that its comment names. Distances are in bytes. */
export interface Kernels {
  /** kernels/activation.ts */
  readonly activate: (kind: number, x: Address, y: Address, n: number, alpha: number) => void;
  /** kernels/activation.ts */
  readonly activateGradient: (
    kind: number,
    x: Address,
    y: Address,
    dy: Address,
    dx: Address,
    n: number,
    alpha: number,
  ) => void;
  /** kernels/optimizers.ts */
  readonly adam: (
    n: number,
    w: Address,
    g: Address,
    means: Address,
    squares: Address,
    alpha: number,
    keep1: number,
    keep2: number,
    epsilon: number,
    kept: number,
  ) => void;
  /** kernels/batchNorm.ts */
  readonly addGradientMoments: (
    n: number,
    period: number,
    x: Address,
    dy: Address,
    parameters: Address,
    sums: Address,
  ) => void;
  /** kernels/batchNorm.ts */
  readonly addMoments: (n: number, period: number, x: Address, sums: Address) => void;
  /** kernels/sums.ts */
  readonly addTo: (x: Address, y: Address, n: number) => void;
  /** kernels/dropout.ts */
  readonly applyMask: (x: Address, mask: Address, y: Address, n: number, scale: number) => void;
  /** kernels/averagePooling.ts */
  readonly averagePool: (
    x: Address,
    y: Address,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    poolHeight: number,
    poolWidth: number,
    strideY: number,
    strideX: number,
    top: number,
    left: number,
  ) => void;
  /** kernels/averagePooling.ts */
  readonly averagePoolGradient: (
    dy: Address,
    dx: Address,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    poolHeight: number,
    poolWidth: number,
    strideY: number,
    strideX: number,
    top: number,
    left: number,
    accumulate: 0 | 1,
  ) => void;
  /** kernels/batchNorm.ts */
  readonly batchMoments: (
    channels: number,
    period: number,
    shards: number,
    sums: Address,
    shardBytes: number,
    count: number,
    mean: Address,
    variance: Address,
  ) => void;
  /** kernels/batchNorm.ts */
  readonly batchNorm: (n: number, period: number, x: Address, parameters: Address, y: Address) => void;
  /** kernels/batchNorm.ts */
  readonly batchNormGradient: (
    n: number,
    period: number,
    x: Address,
    dy: Address,
    parameters: Address,
    dx: Address,
  ) => void;
  /** kernels/elementwise.ts */
  readonly combine: (kind: number, a: Address, b: Address, y: Address, n: number) => void;
  /** kernels/convolution.ts */
  readonly convolveNarrow: (
    height: number,
    width: number,
    filterHeight: number,
    a: Address,
    aRow: number,
    b: Address,
    columns: number,
    c: Address,
    cPixel: number,
    bias: Address,
    relu: 0 | 1,
  ) => void;
  /** kernels/narrowPooling.ts */
  readonly convolveNarrowMax: (
    outHeight: number,
    outWidth: number,
    a: Address,
    aRow: number,
    b: Address,
    columns: number,
    c: Address,
    places: Address,
    bias: Address,
    relu: 0 | 1,
  ) => void;
  /** kernels/narrowPooling.ts */
  readonly convolveNarrowMaxGradient: (
    outHeight: number,
    outWidth: number,
    a: Address,
    aRow: number,
    columns: number,
    dy: Address,
    places: Address,
    dKernel: Address,
    fresh: 0 | 1,
  ) => void;
  /** kernels/pack.ts */
  readonly copyPixels: (
    rows: number,
    count: number,
    size: number,
    from: Address,
    fromRow: number,
    fromPixel: number,
    to: Address,
    toRow: number,
    toPixel: number,
  ) => void;
  /** kernels/strided.ts */
  readonly copyStrided: (
    n0: number,
    n1: number,
    n2: number,
    from: Address,
    f0: number,
    f1: number,
    f2: number,
    to: Address,
    t0: number,
    t1: number,
    t2: number,
    accumulate: 0 | 1,
  ) => void;
  /** kernels/depthwise.ts */
  readonly depthwise: (
    height: number,
    width: number,
    channels: number,
    filterHeight: number,
    filterWidth: number,
    x: Address,
    strideY: number,
    strideX: number,
    dilationY: number,
    dilationX: number,
    w: Address,
    wStep: number,
    y: Address,
    bias: Address,
  ) => void;
  /** kernels/depthwise.ts */
  readonly depthwiseGradient: (
    height: number,
    width: number,
    channels: number,
    filterHeight: number,
    filterWidth: number,
    x: Address,
    strideY: number,
    strideX: number,
    dilationY: number,
    dilationX: number,
    dy: Address,
    dw: Address,
    fresh: 0 | 1,
  ) => void;
  /** kernels/dropout.ts */
  readonly dropoutMask: (
    mask: Address,
    maskRow: number,
    firstRow: number,
    rows: number,
    size: number,
    threshold: number,
    key0: number,
    key1: number,
    iterationLow: number,
    iterationHigh: number,
  ) => void;
  /** kernels/pack.ts */
  readonly fillZero: (to: Address, bytes: number) => void;
  /** kernels/batchNorm.ts */
  readonly gradientMoments: (
    channels: number,
    period: number,
    shards: number,
    sums: Address,
    shardBytes: number,
    count: number,
    variance: Address,
    epsilon: number,
    parameters: Address,
    dGamma: Address,
    dBeta: Address,
  ) => void;
  /** kernels/layerNorm.ts */
  readonly layerNorm: (
    groups: number,
    n: number,
    x: Address,
    gamma: Address,
    beta: Address,
    epsilon: number,
    moments: Address,
    y: Address,
  ) => void;
  /** kernels/layerNorm.ts */
  readonly layerNormGradient: (
    groups: number,
    n: number,
    x: Address,
    gamma: Address,
    moments: Address,
    dy: Address,
    dGamma: Address,
    dBeta: Address,
    dx: Address,
    fresh: 0 | 1,
  ) => void;
  /** kernels/columns.ts */
  readonly maxColumns: (rows: number, columns: number, x: Address, y: Address) => void;
  /** kernels/columns.ts */
  readonly maxColumnsGradient: (
    rows: number,
    columns: number,
    x: Address,
    y: Address,
    dy: Address,
    dx: Address,
  ) => void;
  /** kernels/pooling.ts */
  readonly maxPool: (
    height: number,
    width: number,
    channels: number,
    x: Address,
    xRow: number,
    xPixel: number,
    outHeight: number,
    outWidth: number,
    y: Address,
    places: Address,
    poolHeight: number,
    poolWidth: number,
    strideY: number,
    strideX: number,
    top: number,
    left: number,
  ) => void;
  /** kernels/pooling.ts */
  readonly maxPoolGradient: (
    height: number,
    width: number,
    channels: number,
    dx: Address,
    xRow: number,
    xPixel: number,
    outHeight: number,
    outWidth: number,
    dy: Address,
    places: Address,
    poolHeight: number,
    poolWidth: number,
    strideY: number,
    strideX: number,
    top: number,
    left: number,
    accumulate: 0 | 1,
  ) => void;
  /** kernels/batchNorm.ts */
  readonly moveAverage: (n: number, average: Address, value: Address, decay: number) => void;
  /** kernels/matmul.ts */
  readonly multiply: (
    strips: number,
    aStrip: number,
    cStrip: number,
    m: number,
    n: number,
    a: Address,
    aRow: number,
    aStep: number,
    aOuterSkip: number,
    aInnerSkip: number,
    outerRuns: number,
    innerRuns: number,
    length: number,
    b: Address,
    bPanel: number,
    bStep: number,
    bOuterSkip: number,
    bInnerSkip: number,
    c: Address,
    cRow: number,
    bias: Address,
    flags: number,
  ) => void;
  /** kernels/noise.ts */
  readonly normalNoise: (
    to: Address,
    row: number,
    size: number,
    mean: number,
    deviation: number,
    key0: number,
    key1: number,
    iterationLow: number,
    iterationHigh: number,
  ) => void;
  /** kernels/pack.ts */
  readonly pack: (
    k: number,
    n: number,
    from: Address,
    row: number,
    column: number,
    to: Address,
    toPanel: number,
  ) => void;
  /** kernels/optimizers.ts */
  readonly penalize: (n: number, gradients: Address, weights: Address, l1: number, l2: number) => void;
  /** kernels/optimizers.ts */
  readonly penalty: (n: number, weights: Address, l1: number, l2: number) => number;
  /** kernels/batchNorm.ts */
  readonly prepareBatchNorm: (
    channels: number,
    period: number,
    mean: Address,
    variance: Address,
    epsilon: number,
    gamma: Address,
    beta: Address,
    parameters: Address,
  ) => void;
  /** kernels/depthwise.ts */
  readonly repeatNumbers: (
    rows: number,
    n: number,
    times: number,
    from: Address,
    fromRow: number,
    to: Address,
    toRow: number,
  ) => void;
  /** kernels/noise.ts */
  readonly replaceMasked: (
    x: Address,
    mask: Address,
    y: Address,
    n: number,
    factor: number,
    shift: number,
    dropped: number,
  ) => void;
  /** kernels/optimizers.ts */
  readonly rmsprop: (
    n: number,
    w: Address,
    g: Address,
    squares: Address,
    momenta: Address,
    averages: Address,
    rate: number,
    rho: number,
    keep: number,
    momentum: number,
    epsilon: number,
  ) => void;
  /** kernels/elementwise.ts */
  readonly scale: (x: Address, y: Address, n: number, factor: number) => void;
  /** kernels/optimizers.ts */
  readonly sgd: (
    n: number,
    w: Address,
    g: Address,
    velocity: Address,
    rate: number,
    momentum: number,
    nesterov: 0 | 1,
  ) => void;
  /** kernels/activation.ts */
  readonly softmax: (rows: number, size: number, x: Address, y: Address) => void;
  /** kernels/activation.ts */
  readonly softmaxGradient: (rows: number, size: number, y: Address, dy: Address, dx: Address) => void;
  /** kernels/sums.ts */
  readonly sumColumns: (rows: number, columns: number, x: Address, row: number, sums: Address, fresh: 0 | 1) => void;
  /** kernels/optimizers.ts */
  readonly sumGradients: (n: number, gradients: Address, shards: number, shard: number) => void;
  /** kernels/depthwise.ts */
  readonly sumRepeated: (n: number, times: number, from: Address, to: Address) => void;
  /** kernels/elementwise.ts */
  readonly takeGradient: (x: Address, y: Address, dy: Address, dx: Address, n: number) => void;
}

/** The names of each kernel's parameters, in their order. */
export const PARAMETERS = {
  activate: ['kind', 'x', 'y', 'n', 'alpha'],
  activateGradient: ['kind', 'x', 'y', 'dy', 'dx', 'n', 'alpha'],
  adam: ['n', 'w', 'g', 'means', 'squares', 'alpha', 'keep1', 'keep2', 'epsilon', 'kept'],
  addGradientMoments: ['n', 'period', 'x', 'dy', 'parameters', 'sums'],
  addMoments: ['n', 'period', 'x', 'sums'],
  addTo: ['x', 'y', 'n'],
  applyMask: ['x', 'mask', 'y', 'n', 'scale'],
  averagePool: [
    'x',
    'y',
    'height',
    'width',
    'channels',
    'outHeight',
    'outWidth',
    'poolHeight',
    'poolWidth',
    'strideY',
    'strideX',
    'top',
    'left',
  ],
  averagePoolGradient: [
    'dy',
    'dx',
    'height',
    'width',
    'channels',
    'outHeight',
    'outWidth',
    'poolHeight',
    'poolWidth',
    'strideY',
    'strideX',
    'top',
    'left',
    'accumulate',
  ],
  batchMoments: ['channels', 'period', 'shards', 'sums', 'shardBytes', 'count', 'mean', 'variance'],
  batchNorm: ['n', 'period', 'x', 'parameters', 'y'],
  batchNormGradient: ['n', 'period', 'x', 'dy', 'parameters', 'dx'],
  combine: ['kind', 'a', 'b', 'y', 'n'],
  convolveNarrow: ['height', 'width', 'filterHeight', 'a', 'aRow', 'b', 'columns', 'c', 'cPixel', 'bias', 'relu'],
  convolveNarrowMax: ['outHeight', 'outWidth', 'a', 'aRow', 'b', 'columns', 'c', 'places', 'bias', 'relu'],
  convolveNarrowMaxGradient: ['outHeight', 'outWidth', 'a', 'aRow', 'columns', 'dy', 'places', 'dKernel', 'fresh'],
  copyPixels: ['rows', 'count', 'size', 'from', 'fromRow', 'fromPixel', 'to', 'toRow', 'toPixel'],
  copyStrided: ['n0', 'n1', 'n2', 'from', 'f0', 'f1', 'f2', 'to', 't0', 't1', 't2', 'accumulate'],
  depthwise: [
    'height',
    'width',
    'channels',
    'filterHeight',
    'filterWidth',
    'x',
    'strideY',
    'strideX',
    'dilationY',
    'dilationX',
    'w',
    'wStep',
    'y',
    'bias',
  ],
  depthwiseGradient: [
    'height',
    'width',
    'channels',
    'filterHeight',
    'filterWidth',
    'x',
    'strideY',
    'strideX',
    'dilationY',
    'dilationX',
    'dy',
    'dw',
    'fresh',
  ],
  dropoutMask: [
    'mask',
    'maskRow',
    'firstRow',
    'rows',
    'size',
    'threshold',
    'key0',
    'key1',
    'iterationLow',
    'iterationHigh',
  ],
  fillZero: ['to', 'bytes'],
  gradientMoments: [
    'channels',
    'period',
    'shards',
    'sums',
    'shardBytes',
    'count',
    'variance',
    'epsilon',
    'parameters',
    'dGamma',
    'dBeta',
  ],
  layerNorm: ['groups', 'n', 'x', 'gamma', 'beta', 'epsilon', 'moments', 'y'],
  layerNormGradient: ['groups', 'n', 'x', 'gamma', 'moments', 'dy', 'dGamma', 'dBeta', 'dx', 'fresh'],
  maxColumns: ['rows', 'columns', 'x', 'y'],
  maxColumnsGradient: ['rows', 'columns', 'x', 'y', 'dy', 'dx'],
  maxPool: [
    'height',
    'width',
    'channels',
    'x',
    'xRow',
    'xPixel',
    'outHeight',
    'outWidth',
    'y',
    'places',
    'poolHeight',
    'poolWidth',
    'strideY',
    'strideX',
    'top',
    'left',
  ],
  maxPoolGradient: [
    'height',
    'width',
    'channels',
    'dx',
    'xRow',
    'xPixel',
    'outHeight',
    'outWidth',
    'dy',
    'places',
    'poolHeight',
    'poolWidth',
    'strideY',
    'strideX',
    'top',
    'left',
    'accumulate',
  ],
  moveAverage: ['n', 'average', 'value', 'decay'],
  multiply: [
    'strips',
    'aStrip',
    'cStrip',
    'm',
    'n',
    'a',
    'aRow',
    'aStep',
    'aOuterSkip',
    'aInnerSkip',
    'outerRuns',
    'innerRuns',
    'length',
    'b',
    'bPanel',
    'bStep',
    'bOuterSkip',
    'bInnerSkip',
    'c',
    'cRow',
    'bias',
    'flags',
  ],
  normalNoise: ['to', 'row', 'size', 'mean', 'deviation', 'key0', 'key1', 'iterationLow', 'iterationHigh'],
  pack: ['k', 'n', 'from', 'row', 'column', 'to', 'toPanel'],
  penalize: ['n', 'gradients', 'weights', 'l1', 'l2'],
  penalty: ['n', 'weights', 'l1', 'l2'],
  prepareBatchNorm: ['channels', 'period', 'mean', 'variance', 'epsilon', 'gamma', 'beta', 'parameters'],
  repeatNumbers: ['rows', 'n', 'times', 'from', 'fromRow', 'to', 'toRow'],
  replaceMasked: ['x', 'mask', 'y', 'n', 'factor', 'shift', 'dropped'],
  rmsprop: ['n', 'w', 'g', 'squares', 'momenta', 'averages', 'rate', 'rho', 'keep', 'momentum', 'epsilon'],
  scale: ['x', 'y', 'n', 'factor'],
  sgd: ['n', 'w', 'g', 'velocity', 'rate', 'momentum', 'nesterov'],
  softmax: ['rows', 'size', 'x', 'y'],
  softmaxGradient: ['rows', 'size', 'y', 'dy', 'dx'],
  sumColumns: ['rows', 'columns', 'x', 'row', 'sums', 'fresh'],
  sumGradients: ['n', 'gradients', 'shards', 'shard'],
  sumRepeated: ['n', 'times', 'from', 'to'],
  takeGradient: ['x', 'y', 'dy', 'dx', 'n'],
} as const satisfies Readonly<Record<keyof Kernels, readonly string[]>>;
