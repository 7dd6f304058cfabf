/** GFLOP/s of the kernels on some shapes, beside the rate of a plain matrix product: `npm run bench:kernels`. */
import { availableParallelism, cpus } from 'node:os';
import { createMemory, instantiate, loadKernels } from '../src/engines/wasm/kernels.js';
import type { LayerNode } from '../src/engines/wasm/network.js';
import { allocateTensor, Layout, type Runtime, type Shard } from '../src/engines/wasm/program.js';
import { Convolution } from '../src/engines/wasm/layers/convolution.js';
import { axis } from '../src/engines/wasm/layers/windows.js';
import type { LayerSetup, Weight } from '../src/engines/wasm/layers/layer.js';

const { build, module } = loadKernels();
const memory = createMemory(256 * 1024 * 1024);
if (memory === null) throw new Error('No memory to be had');
const kernels = instantiate(module, memory);
const numbers = new Float32Array(memory.buffer);
for (let i = 0; i < numbers.length; i++) numbers[i] = ((i * 7919) % 1000) / 1000 - 0.5;

/** The fastest of many runs: what else goes on in the machine only makes it slower. */
function rate(flop: number, work: () => void): number {
  let best = Infinity;
  for (let round = 0; round < 50; round++) {
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

const A = 1 << 20;
const B = 64 << 20;
const C = 128 << 20;
for (const n of [64, 256, 512]) {
  // prettier-ignore
  add('matrix product', `${n}x${n}x${n}`, 2 * n ** 3, () => {
    kernels.multiply(1, 0, 0, n, n, A, n * 4, 4, 0, 0, 1, 1, n, B, n * 32, 32, 0, 0, C, n * 4, 0, 0);
  });
}

/** One sample, forward, and both gradients. */
function convolution(size: number, channels: number, filters: number, window: number): void {
  const runtime: Runtime = { kernels, seed: 0, iteration: 0 };
  const layout = new Layout(A);
  const input = allocateTensor(layout, [size, size, channels], 1, true);
  const output = allocateTensor(layout, [size, size, filters], 1, true);
  const count = window * window * channels * filters;
  const gradient = layout.floats(count);
  const kernel: Weight = {
    shape: [],
    size: count,
    isLate: false,
    address: layout.floats(count),
    gradient: () => gradient,
  };
  const node: LayerNode = {
    className: 'Conv2D',
    path: 'conv',
    place: '0',
    name: 'conv',
    config: {},
    inputs: [0],
    output: 1,
  };
  const setup = {
    node,
    layout,
    runtime,
    shards: 1,
    inputs: [input],
    inputGradients: [input.gradient],
  } as unknown as LayerSetup;
  const x = axis(size, window, 1, 1, 'same');
  const shape = { y: x, x, filters, pixel: filters, relu: false };
  const made = new Convolution(setup, shape, kernel, null);
  made.pack();
  const shard: Shard = { index: 0, first: 0, rows: 1 };
  const flop = 2 * size * size * count;
  const text = `${window}x${window}, ${channels} to ${filters}, ${size}x${size}`;
  add('convolution', text, flop, () => {
    made.forward(0, shard, output.address);
  });
  add('its gradients', text, 2 * flop, () => {
    made.backward(0, shard, output.gradient);
  });
}

convolution(28, 1, 25, 3);
convolution(28, 32, 64, 3);
convolution(14, 64, 64, 3);
convolution(28, 64, 128, 1);
convolution(32, 3, 32, 3);

const [cpu] = cpus();
console.log(
  `${availableParallelism()} cores of ${cpu?.model ?? 'an unknown CPU'}; Node.js ${process.versions.node}; kernels: ${build}; one thread`,
);
console.table(rates.map((row) => ({ ...row, 'GFLOP/s': Number(row['GFLOP/s'].toFixed(1)) })));
