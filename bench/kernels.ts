/** Prints the GFLOP/s of the kernels on some shapes, and of plain matrix products for comparison: `npm run bench:kernels`. */
import { availableParallelism, cpus } from 'node:os';
import { addressOf, FLOAT } from '../src/engines/wasm/address.js';
import { createMemory, instantiate, loadKernels } from '../src/engines/wasm/kernels.js';
import { matrixProduct, packedRight } from '../src/engines/wasm/matrixProduct.js';
import type { LayerNode } from '../src/engines/wasm/network.js';
import { allocateTensor, Layout, type Op, type Runtime } from '../src/engines/wasm/program.js';
import { compileConvolution, compileConvolutionAndPooling } from '../src/engines/wasm/layers/conv2d.js';
import { compileDepthwise } from '../src/engines/wasm/layers/depthwise.js';
import type { CompiledLayer, LayerSetup, Weight } from '../src/engines/wasm/layers/layer.js';
import type { Shape } from '../src/protocol/plan.js';
import { sizeOf } from '../src/protocol/shape.js';

const { build, module } = loadKernels();
const memory = createMemory(256 * 1024 * 1024);
if (memory === null) throw new Error('Not enough memory');
const kernels = instantiate(module, memory);
const runtime: Runtime = { kernels, update: null, seed: 0, iteration: 0, learningRate: 0 };
const numbers = new Float32Array(memory.buffer);
for (let i = 0; i < numbers.length; i++) numbers[i] = ((i * 7919) % 1000) / 1000 - 0.5;

const ROUNDS_MS = 300;

/** Takes the fastest of many runs: other processes only make a run slower, and the first runs are not fully optimized yet. */
function rate(flop: number, work: () => void): number {
  let best = Infinity;
  for (const end = performance.now() + ROUNDS_MS; performance.now() < end;) {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  }
  return flop / best / 1e6;
}

const rates: { kernel: string; shape: string; 'GFLOP/s': number }[] = [];
function add(kernel: string, shape: string, flop: number, work: () => void): void {
  rates.push({ kernel, shape, 'GFLOP/s': rate(flop, work) });
}

const BASE = 1 << 20;
for (const n of [64, 256, 512]) {
  const product = matrixProduct(runtime, {
    columns: n,
    left: { row: n * FLOAT, step: FLOAT },
    right: packedRight(n),
    output: { row: n * FLOAT },
  });
  const [left, right, output] = [addressOf(BASE), addressOf(64 << 20), addressOf(128 << 20)];
  add('matrix product', `${n}x${n}x${n}`, 2 * n ** 3, () => {
    product({ left, right, output, rows: n, length: n });
  });
}

interface Work {
  readonly kernel: string;
  readonly shape: string;
  readonly input: Shape;
  /** Shape of the filters, the first weight of the layer: `[height, width, channels, filters]`. */
  readonly filters: Shape;
  /** Multiplications and additions of the forward pass. Both gradients together take twice as many. */
  readonly flop: number;
  readonly compile: (setup: LayerSetup) => CompiledLayer | null;
  readonly config?: Readonly<Record<string, unknown>>;
  /** False for the first layer of a network, which needs no gradient of its input. @defaultValue true */
  readonly inputGradient?: boolean;
}

/** Times a layer with one sample. */
function layer({ kernel, shape, input, filters, flop, compile, config = {}, inputGradient = true }: Work): void {
  const layout = new Layout(BASE);
  const x = allocateTensor(layout, input, 1, inputGradient);
  const weight = (weightShape: Shape): Weight => {
    const size = sizeOf(weightShape);
    const [address, gradient] = [layout.floats(size), layout.floats(size)];
    return { shape: weightShape, size, isLate: false, address, gradient: () => gradient };
  };
  const setup: LayerSetup = {
    node: nodeOf({ filters: filters[3], kernel_size: filters.slice(0, 2), padding: 'same', ...config }),
    member: 'member',
    batchSize: 1,
    shards: 1,
    training: true,
    layout,
    runtime,
    inputs: [x],
    inputGradients: [x.gradient],
    inPlace: null,
    weight: (name) => weight(name === 'bias' ? [filters[3] ?? 1] : filters),
    output: (size) => allocateTensor(layout, size, 1, true),
    alias: (tensor) => tensor,
  };
  const compiled = compile(setup);
  if (compiled === null) throw new Error(`${kernel} can't be compiled`);
  for (const pack of compiled.pack ?? []) pack();
  add(kernel, shape, flop, () => {
    run(compiled.train);
  });
  add('its gradients', shape, inputGradient ? 2 * flop : flop, () => {
    run(compiled.backward);
  });
}

function nodeOf(config: Readonly<Record<string, unknown>>): LayerNode {
  return { className: 'Conv2D', path: 'layer', place: '0', name: 'layer', config, inputs: [0], output: 1 };
}

function run(ops: readonly Op[]): void {
  for (const op of ops) if (op.each === 'row') op.run(0, { index: 0, first: 0, rows: 1 });
}

function convolution(size: number, channels: number, filters: number, window: number): void {
  layer({
    kernel: 'convolution',
    shape: `${window}x${window}, ${channels} to ${filters}, ${size}x${size}`,
    input: [size, size, channels],
    filters: [window, window, channels, filters],
    flop: 2 * size * size * window * window * channels * filters,
    compile: compileConvolution,
  });
}

function depthwise(size: number, channels: number, window: number): void {
  layer({
    kernel: 'depthwise',
    shape: `${window}x${window}, ${channels}, ${size}x${size}`,
    input: [size, size, channels],
    filters: [window, window, channels, 1],
    flop: 2 * size * size * window * window * channels,
    compile: compileDepthwise,
    config: { use_bias: false },
  });
}

layer({
  kernel: 'convolution and pooling',
  shape: '3x3, 1 to 25, 28x28; 2x2',
  input: [28, 28, 1],
  filters: [3, 3, 1, 25],
  flop: 2 * 28 * 28 * 9 * 25,
  compile: (setup) => compileConvolutionAndPooling(setup, nodeOf({ pool_size: 2, strides: null })),
  inputGradient: false,
});
convolution(28, 1, 25, 3);
convolution(28, 32, 64, 3);
convolution(14, 64, 64, 3);
convolution(28, 64, 128, 1);
convolution(32, 3, 32, 3);
depthwise(28, 32, 3);
depthwise(14, 128, 3);
depthwise(14, 128, 5);

const [cpu] = cpus();
console.log(
  `${availableParallelism()} cores of ${cpu?.model ?? 'an unknown CPU'}; Node.js ${process.versions.node}; kernels: ${build}; one thread`,
);
console.table(rates.map((row) => ({ ...row, 'GFLOP/s': Number(row['GFLOP/s'].toFixed(1)) })));
