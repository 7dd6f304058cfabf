import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EnsembleError } from '../../errors.js';
import { loadTfjsNode } from './tensorflow/tfjsNode.js';
import { fuseGradients } from './tensorflow/fusedGradients.js';
import { registerKernels } from './wasmBackend/register.js';

/** Engines that compute with TensorFlow.js, one in a thread. */
export type TfjsEngineName = 'tensorflow' | 'tfjs';

let selected: { readonly engine: TfjsEngineName; readonly build: Promise<string> } | null = null;

/**
 * Makes TensorFlow.js compute in this thread on tfjs-node, or on its wasm backend, or on its JavaScript one where that can't be had.
 * @returns what was taken: `tfjs 4.22.0 wasm simd`
 * @throws EnsembleError `ENGINE_UNAVAILABLE` for `tensorflow` where tfjs-node can't be loaded
 */
export function selectBackend(engine: TfjsEngineName): Promise<string> {
  // The pool takes other threads where an ensemble changes from one to the other.
  if (selected !== null && selected.engine !== engine) throw new Error(`This thread has the engine ${selected.engine}`);
  selected ??= { engine, build: engine === 'tensorflow' ? startTensorflow() : start() };
  return selected.build;
}

async function startTensorflow(): Promise<string> {
  silenceBanner();
  const versions = loadTfjsNode();
  const factory: unknown = tf.findBackendFactory('tensorflow');
  if (factory === null) {
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      'The installed @tensorflow/tfjs-node uses another copy of @tensorflow/tfjs than this package. Make it one copy (`npm ls @tensorflow/tfjs`), ' +
        'or run `npx tfjs-ensemble setup tensorflow`.',
    );
  }
  await tf.setBackend('tensorflow');
  fuseGradients();
  return versions;
}

async function start(): Promise<string> {
  silenceBanner();
  const version = `tfjs ${tf.version_core}`;
  if (await startWasm()) {
    registerKernels();
    return `${version} wasm${(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true ? ' simd' : ''}`;
  }
  await tf.setBackend('cpu');
  return `${version} cpu`;
}

async function startWasm(): Promise<boolean> {
  if (!('WebAssembly' in globalThis)) return false;
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const packageJson = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  setWasmPaths(join(dirname(packageJson), 'dist', '/'));
  // Parallelism comes from the members' threads; the backend's own would need more workers, and other sums.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  return withoutProcessListeners(() => tf.setBackend('wasm'));
}

/**
 * The backend's loader listens for uncaught exceptions and unhandled rejections only to throw them again, which hides where they
 * came from and prints the loader's own source. Takes such listeners off again.
 */
async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(listenersOf(event)));
  const result = await start();
  for (const [i, event] of events.entries()) {
    for (const listener of listenersOf(event)) if (before[i]?.has(listener) === false) process.off(event, listener);
  }
  return result;
}

/** Overloads of `process.listeners` don't take a union of names. */
function listenersOf(event: string): ((...args: unknown[]) => void)[] {
  return (process as NodeJS.EventEmitter).listeners(event) as ((...args: unknown[]) => void)[];
}

/** The JavaScript backend advertises tfjs-node at its first use, unless it believes that it was used before. */
function silenceBanner(): void {
  const cpu: unknown = tf.findBackend('cpu');
  (cpu as { firstUse: boolean }).firstUse = false;
}
