import { join } from 'node:path';
import { packageIn } from '../native/tfjsNode.js';
import { command } from './command.js';

/** Seconds that the host of the published binaries has to answer. */
const HOST_TIMEOUT = 5;
/** Seconds for the download. */
const DOWNLOAD_TIMEOUT = 900;

/** The variable by which tfjs-node itself is given a mirror. */
const MIRROR = 'TFJS_NODE_CDN_STORAGE';

/** Whether tfjs-node's own binaries can be downloaded. */
export async function isHostReached(): Promise<boolean> {
  const host = process.env[MIRROR] ?? 'https://storage.googleapis.com/';
  try {
    const response = await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(HOST_TIMEOUT * 1000) });
    // The host's root has no page of its own, but an answer; a proxy in between forbids.
    return response.status < 500 && response.status !== 403 && response.status !== 407;
  } catch {
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
