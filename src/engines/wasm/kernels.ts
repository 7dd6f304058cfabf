import { readFileSync } from 'node:fs';
import type { SimdOption } from '../../protocol/plan.js';
import { PARAMETERS, type Kernels } from './kernelSignatures.js';

export type { Kernels } from './kernelSignatures.js';

/** `relaxed` has fused multiply-add; `simd` gives the same bits on every CPU. */
export type KernelBuild = 'relaxed' | 'simd';

/** Bytes of a page of WebAssembly memory. */
const PAGE = 65_536;
const MOST_PAGES = 65_536;

/** A build of the kernels, compiled. */
export interface KernelModule {
  readonly build: KernelBuild;
  readonly module: WebAssembly.Module;
}

/** The fastest build that this Node.js can run; with `strict`, the build that gives the same bits on every CPU. */
export function loadKernels(simd: SimdOption = 'auto'): KernelModule {
  const relaxed = simd === 'strict' ? null : read('relaxed');
  return relaxed !== null && WebAssembly.validate(relaxed)
    ? { build: 'relaxed', module: new WebAssembly.Module(relaxed) }
    : { build: 'simd', module: new WebAssembly.Module(read('simd')) };
}

function read(build: KernelBuild): Buffer<ArrayBuffer> {
  // The path is the same from src/ and from dist/.
  return readFileSync(new URL(`../../../kernels/build/${build}.wasm`, import.meta.url));
}

/**
 * Kernels that work on a memory.
 * @throws Error where the module does not have the kernels of kernelSignatures.ts
 */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = Object.entries(PARAMETERS).map(([name, parameters]) => {
    const kernel = exports[name];
    if (typeof kernel !== 'function' || kernel.length !== parameters.length) {
      throw new Error(
        `The kernels have no "${name}" with ${parameters.length} parameters. They were built from other sources: run \`npm run build\`.`,
      );
    }
    return [name, kernel] as const;
  });
  // The signatures were generated from the sources of this module.
  return Object.fromEntries(kernels) as unknown as Kernels;
}

/** A zeroed memory of at least so many bytes; null where the system has none. */
export function createMemory(bytes: number): WebAssembly.Memory | null {
  const pages = Math.ceil(bytes / PAGE);
  if (pages > MOST_PAGES) return null;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    return null;
  }
}
