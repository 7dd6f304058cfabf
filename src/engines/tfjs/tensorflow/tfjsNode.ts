import * as tf from '@tensorflow/tfjs';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { EnsembleError } from '../../../errors.js';
import { registerAttributeNames, type Binding } from './attributeNames.js';

/** The version of tfjs-node that goes with the TensorFlow.js that is this package's peer. */
export const TFJS_NODE_VERSION = '4.22.0';

/** Names under which it is installed; the second computes on a GPU. */
const PACKAGES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];

/** Where an installed package keeps what was compiled; node-pre-gyp takes the newest Node-API that the package knows. */
export const ADDON = join('lib', 'napi-v8', 'tfjs_binding.node');

/** What to say where there is none. */
export const MISSING =
  'The engine "tensorflow" needs @tensorflow/tfjs-node, which is not installed, or is there without its addon. ' +
  'Run `npx tfjs-ensemble setup tensorflow` (in a checkout of tfjs-ensemble: `npm run setup:tensorflow`), or use engine "wasm" or "tfjs".';

/**
 * The folder in which `setup tensorflow` puts tfjs-node: beside the TensorFlow.js that the program uses, so that both resolve to one copy of
 * it, and under a name with a dot, which package managers leave alone.
 */
export function setupFolder(): string {
  return join(dirname(dirname(tfjsFolder())), '.tfjs-ensemble', 'tensorflow');
}

function tfjsFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json'));
}

/** The package's folder below another: of a project, or {@link setupFolder}. */
export function packageIn(folder: string): string {
  return join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/**
 * The folder of the tfjs-node that was set up, and so has shown that it works, else of the one that the program has installed itself; null
 * where neither has its addon.
 */
export function findTfjsNode(): string | null {
  const require = createRequire(import.meta.url);
  const installed = PACKAGES.flatMap((name) => {
    try {
      return [dirname(require.resolve(`${name}/package.json`))];
    } catch {
      return [];
    }
  });
  return [packageIn(setupFolder()), ...installed].find((folder) => existsSync(join(folder, ADDON))) ?? null;
}

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
  if (folder === null) throw new EnsembleError('ENGINE_UNAVAILABLE', MISSING);
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
