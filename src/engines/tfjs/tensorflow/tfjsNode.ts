import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import util from 'node:util';
import { EnsembleError } from '../../../errors.js';
import { registerAttributeNames, type Binding } from './attributeNames.js';
import { findTfjsNode, MISSING } from './installation.js';

/** The part of the module tfjs-node that is used here. */
interface TfjsNodeModule {
  readonly version: Readonly<Record<string, string>>;
  backend(): { readonly binding: Binding };
}

/**
 * Loads tfjs-node in this thread. It registers itself as a backend of TensorFlow.js. Two threads must not call it at the same time (see
 * {@link registerAttributeNames}).
 * @returns versions: `tfjs-node 4.22.0, TensorFlow 2.21.0`
 * @throws EnsembleError `ENGINE_UNAVAILABLE`
 */
export function loadTfjsNode(folder = findTfjsNode()): string {
  if (folder === null) throw new EnsembleError('ENGINE_UNAVAILABLE', `${MISSING}.`);
  restoreUtil();
  try {
    const tfjsNode = createRequire(import.meta.url)(folder) as TfjsNodeModule;
    const { binding } = tfjsNode.backend();
    registerAttributeNames(binding);
    return `tfjs-node ${tfjsNode.version['tfjs-node'] ?? ''}, TensorFlow ${binding.TF_Version.replace('tensorflow ', '')}`;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      `@tensorflow/tfjs-node in ${folder} can't be loaded: ${reason}. Build another one with \`npx tfjs-ensemble setup tensorflow\`.`,
      { cause },
    );
  }
}

/** Restores functions that tfjs-node 4.22 calls and that Node.js 23 has removed. */
function restoreUtil(): void {
  const functions: Record<string, unknown> = util;
  functions['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  functions['isArray'] ??= Array.isArray;
}

/**
 * Sets environment variables for TensorFlow. Call it in the main thread before other threads load tfjs-node. TensorFlow reads the variables once
 * from the environment of the process, which only the main thread can set, so the first call in a process decides. Values that the user has
 * set are kept.
 * @param threads number of threads that will compute with TensorFlow. They share TensorFlow's own thread pool, which gets the remaining cores. On
 *   two cores, with a pool of one thread and of two, a step of two members takes 11.4 ms and 12.3 ms, of four members 21 ms and 25 ms, and of one
 *   large member 92 ms and 60 ms
 */
export function prepareProcess(threads: number): void {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(Math.max(1, Math.floor(availableParallelism() / threads)));
  // Otherwise TensorFlow prints the features of the CPU.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  // If the program itself uses tfjs-node, it must not add names to the set while other threads add names.
  const own: unknown = tf.findBackend('tensorflow');
  if (own !== null && own !== undefined) registerAttributeNames((own as { binding: Binding }).binding);
}
