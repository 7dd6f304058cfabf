import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import util from 'node:util';
import { EnsembleError } from '../../../errors.js';
import { registerAttributeNames, type Binding } from './attributeNames.js';
import { findTfjsNode, MISSING } from './installation.js';

/** What is used of a loaded tfjs-node. */
interface TfjsNodeModule {
  readonly version: Readonly<Record<string, string>>;
  backend(): { readonly binding: Binding };
}

/**
 * Loads tfjs-node into this thread, where it makes itself the backend of TensorFlow.js. Not to be called in two threads at the same time
 * (see {@link registerAttributeNames}).
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
      `@tensorflow/tfjs-node in ${folder} can't be loaded: ${reason}. Build one that can: \`npx tfjs-ensemble setup tensorflow\`.`,
      { cause },
    );
  }
}

/** tfjs-node 4.22 calls functions that Node.js 23 took away. */
function restoreUtil(): void {
  const functions: Record<string, unknown> = util;
  functions['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  functions['isArray'] ??= Array.isArray;
}

/**
 * To be called in the main thread before others load tfjs-node. TensorFlow reads these variables once, from the environment of the process,
 * which only the main thread can set; the first call in a process decides. Whatever the user has set stays.
 * @param threads that will compute with it. TensorFlow's own pool, which all of them share, gets the cores that they leave: two members on two
 *   cores take 11.4 ms a step with a pool of one and 12.3 with two, four 21 and 25; a large one alone 92 and 60
 */
export function prepareProcess(threads: number): void {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(Math.max(1, Math.floor(availableParallelism() / threads)));
  // Without it TensorFlow prints what CPU it found.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  // A program that computes with tfjs-node itself must not add to the set of names while other threads do.
  const own: unknown = tf.findBackend('tensorflow');
  if (own !== null && own !== undefined) registerAttributeNames((own as { binding: Binding }).binding);
}
