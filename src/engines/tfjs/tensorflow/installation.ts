import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The version of tfjs-node that goes with the TensorFlow.js that is this package's peer. */
export const TFJS_NODE_VERSION = '4.22.0';

/** Names under which it is installed; the second computes on a GPU. */
const PACKAGES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];

/** Where an installed package keeps what was compiled; node-pre-gyp takes the newest Node-API that the package knows. */
export const ADDON = join('lib', 'napi-v8', 'tfjs_binding.node');

/** The message where none is installed, without its full stop. */
export const MISSING =
  'The engine "tensorflow" needs @tensorflow/tfjs-node, which is not installed, or is there without its addon. ' +
  'Run `npx tfjs-ensemble setup tensorflow` (in a checkout of tfjs-ensemble: `npm run setup:tensorflow`)';

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
