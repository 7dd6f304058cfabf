import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EnsembleError } from '../../errors.js';
import { loadTfjsNode } from './tensorflow/tfjsNode.js';
import { fuseGradients } from './tensorflow/fusedGradients.js';
import { registerKernels } from './wasmBackend/register.js';

/** Engines that use TensorFlow.js. A thread can have only one of them. */
export type TfjsEngineName = 'tensorflow' | 'tfjs';

let selected: { readonly engine: TfjsEngineName; readonly build: Promise<string> } | null = null;

/**
 * Selects the backend of TensorFlow.js in this thread: tfjs-node for the engine `tensorflow`; for `tfjs`, the wasm backend, or the JavaScript
 * backend if the wasm backend is not available.
 * @returns the build in use: `tfjs 4.22.0 wasm simd`
 * @throws EnsembleError `ENGINE_UNAVAILABLE` for `tensorflow` if tfjs-node can't be loaded
 */
export function selectBackend(engine: TfjsEngineName): Promise<string> {
  // The pool starts new threads if an ensemble changes from one engine to the other.
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
      'The installed @tensorflow/tfjs-node uses another copy of @tensorflow/tfjs than this package. Keep one copy (`npm ls @tensorflow/tfjs` lists the copies), ' +
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
  // Members are already computed in parallel threads. The backend's own threads would need more workers, and would change the sums.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  return withoutProcessListeners(() => tf.setBackend('wasm'));
}

/**
 * Runs `start` and removes the process listeners that it has added. The backend's loader listens for uncaught exceptions and unhandled
 * rejections and throws them again. This hides their origin and prints the loader's source.
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

/** The listeners of an event. The cast is needed, because the overloads of `process.listeners` don't take a union of names. */
function listenersOf(event: string): ((...args: unknown[]) => void)[] {
  return (process as NodeJS.EventEmitter).listeners(event) as ((...args: unknown[]) => void)[];
}

/** Prevents the advertisement for tfjs-node, which the JavaScript backend prints when it is first used. */
function silenceBanner(): void {
  const cpu: unknown = tf.findBackend('cpu');
  (cpu as { firstUse: boolean }).firstUse = false;
}
