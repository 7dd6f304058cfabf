import { join } from 'node:path';
import { packageIn } from '../engines/tfjs/tensorflow/installation.js';
import { command } from './command.js';

/** Seconds to wait for an answer of the host of the published binaries. */
const HOST_TIMEOUT = 5;
/** Time limit of the download in seconds. */
const DOWNLOAD_TIMEOUT = 900;

/** If one of these variables is set, tfjs-node downloads from another host or through a proxy, so its host need not answer directly. */
const LEADING = ['TFJS_NODE_CDN_STORAGE', 'HTTPS_PROXY', 'https_proxy'];

/** Whether the published binaries of tfjs-node can probably be downloaded. */
export async function isHostReached(signal: AbortSignal): Promise<boolean> {
  if (LEADING.some((name) => process.env[name] !== undefined)) return true;
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(HOST_TIMEOUT * 1000)]);
    const response = await fetch('https://storage.googleapis.com/', { method: 'HEAD', signal: within });
    // The root of the host has no page, so 404 is a good answer. 403 and 407 come from a proxy that blocks the request.
    return response.status < 500 && response.status !== 403 && response.status !== 407;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/**
 * Runs the install script of tfjs-node, which downloads libtensorflow and an addon.
 * @throws EnsembleError `SETUP_FAILED`
 */
export async function installPublished(folder: string, signal: AbortSignal): Promise<void> {
  const cwd = packageIn(folder);
  const bin = join(folder, 'node_modules', '.bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  const env = { ...process.env, PATH: `${bin}${separator}${process.env['PATH'] ?? ''}` };
  await command(process.execPath, [join('scripts', 'install.js')], { signal, cwd, env, timeout: DOWNLOAD_TIMEOUT });
}
