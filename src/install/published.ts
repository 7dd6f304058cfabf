import { join } from 'node:path';
import { packageIn } from '../engines/tfjs/tensorflow/installation.js';
import { command } from './command.js';

/** Seconds that the host of the published binaries has to answer. */
const HOST_TIMEOUT = 5;
/** Seconds for the download. */
const DOWNLOAD_TIMEOUT = 900;

/** Variables that lead tfjs-node's download elsewhere, where its host need not answer here. */
const LEADING = ['TFJS_NODE_CDN_STORAGE', 'HTTPS_PROXY', 'https_proxy'];

/** Whether tfjs-node's own binaries may be there to be downloaded. */
export async function isHostReached(signal: AbortSignal): Promise<boolean> {
  if (LEADING.some((name) => process.env[name] !== undefined)) return true;
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(HOST_TIMEOUT * 1000)]);
    const response = await fetch('https://storage.googleapis.com/', { method: 'HEAD', signal: within });
    // The host's root has no page of its own, but an answer; something in between forbids.
    return response.status < 500 && response.status !== 403 && response.status !== 407;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/**
 * Runs tfjs-node's own installation, which downloads libtensorflow and an addon.
 * @throws EnsembleError `SETUP_FAILED`
 */
export async function installPublished(folder: string, signal: AbortSignal): Promise<void> {
  const cwd = packageIn(folder);
  const bin = join(folder, 'node_modules', '.bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  const env = { ...process.env, PATH: `${bin}${separator}${process.env['PATH'] ?? ''}` };
  await command(process.execPath, [join('scripts', 'install.js')], { signal, cwd, env, timeout: DOWNLOAD_TIMEOUT });
}
