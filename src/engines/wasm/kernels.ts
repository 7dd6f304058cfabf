import { readFileSync } from 'node:fs';
import type { SimdOption } from '../../protocol/plan.js';

/** What kernels/ exports: numbers in, numbers out; addresses and distances are in bytes. */
export type Kernels = Readonly<Record<KernelName, (...args: number[]) => number>>;

const NAMES = [
  'activate',
  'activateGradient',
  'adam',
  'addGradientMoments',
  'addMoments',
  'addTo',
  'applyMask',
  'averagePool',
  'averagePoolGradient',
  'batchMoments',
  'batchNorm',
  'batchNormGradient',
  'combine',
  'convolveNarrow',
  'convolveNarrowMax',
  'convolveNarrowMaxGradient',
  'copyPixels',
  'copyStrided',
  'depthwise',
  'depthwiseGradient',
  'dropoutMask',
  'fillZero',
  'gradientMoments',
  'layerNorm',
  'layerNormGradient',
  'maxColumns',
  'maxColumnsGradient',
  'maxPool',
  'maxPoolGradient',
  'moveAverage',
  'multiply',
  'normalNoise',
  'pack',
  'penalize',
  'penalty',
  'prepareBatchNorm',
  'repeatNumbers',
  'replaceMasked',
  'rmsprop',
  'scale',
  'sgd',
  'softmax',
  'softmaxGradient',
  'sumColumns',
  'sumGradients',
  'sumRepeated',
  'takeGradient',
] as const;
export type KernelName = (typeof NAMES)[number];

/** Flags of the kernel `multiply`. */
export const ACCUMULATE = 1;
export const RELU = 2;

/** `relaxed` has fused multiply-add; `simd` gives the same bits on every CPU. */
export type KernelBuild = 'relaxed' | 'simd';

const PAGE = 65_536;
const MOST_PAGES = 65_536;

/** A build of the kernels, compiled. */
export interface KernelModule {
  readonly build: KernelBuild;
  readonly module: WebAssembly.Module;
}

/** The fastest build that this Node.js has the instructions for; with `strict`, the one that gives the same bits on every CPU. */
export function loadKernels(simd: SimdOption = 'auto'): KernelModule {
  const relaxed = simd === 'strict' ? null : read('relaxed');
  return relaxed !== null && WebAssembly.validate(relaxed)
    ? { build: 'relaxed', module: new WebAssembly.Module(relaxed) }
    : { build: 'simd', module: new WebAssembly.Module(read('simd')) };
}

function read(build: KernelBuild): Buffer<ArrayBuffer> {
  // The same place seen from src/ and from dist/.
  return readFileSync(new URL(`../../../kernels/build/${build}.wasm`, import.meta.url));
}

/** Kernels over a memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return Object.fromEntries(
    NAMES.map((name) => {
      const kernel = exports[name];
      if (typeof kernel !== 'function')
        throw new Error(`The kernels have no "${name}": they were built from other sources`);
      return [name, kernel];
    }),
  ) as Record<KernelName, (...args: number[]) => number>;
}

/** A zeroed memory of at least so many bytes; null where there is none to be had. */
export function createMemory(bytes: number): WebAssembly.Memory | null {
  const pages = Math.ceil(bytes / PAGE);
  if (pages > MOST_PAGES) return null;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    return null;
  }
}
