import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The version of tfjs-node that fits this package's peer dependency TensorFlow.js. */
export const TFJS_NODE_VERSION = '4.22.0';

/** The packages that have tfjs-node. The second one computes on a GPU. */
const PACKAGES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];

/** Path of the compiled addon in an installed package. node-pre-gyp takes the newest version of Node-API that the package supports. */
export const ADDON = join('lib', 'napi-v8', 'tfjs_binding.node');

/** The message if tfjs-node is not installed, without a full stop. */
export const MISSING =
  'The engine "tensorflow" needs @tensorflow/tfjs-node, which is not installed or has no compiled addon. ' +
  'Run `npx tfjs-ensemble setup tensorflow` (in a checkout of tfjs-ensemble: `npm run setup:tensorflow`)';

/**
 * The folder in which `setup tensorflow` installs tfjs-node. It is beside the TensorFlow.js of the program, so that both use one copy of
 * TensorFlow.js. Its name begins with a dot, so that package managers do not remove it.
 */
export function setupFolder(): string {
  return join(dirname(dirname(tfjsFolder())), '.tfjs-ensemble', 'tensorflow');
}

function tfjsFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json'));
}

/** The folder of tfjs-node below the folder of a project or {@link setupFolder}. */
export function packageIn(folder: string): string {
  return join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/**
 * The folder of tfjs-node; null if no installed copy has its addon. The copy of `setup tensorflow` comes first, because the command has
 * checked that it works. The program's own dependencies come next.
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
