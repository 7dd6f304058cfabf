/**
 * A run of a series in a process of its own, so that its memory is its own, its crash stops no other, and nothing that one run does
 * can change another's numbers. Arguments: configuration, folder, threads, identity.
 */
import type { Callback } from '../callbacks/callback.js';
import { EnsembleError } from '../errors.js';
import { buildRun } from '../config/build.js';
import { readConfig } from '../config/config.js';
import { resolveRun } from '../config/resolve.js';
import { silenceTfjs } from '../run/processOutput.js';
import { trainRun } from '../run/train.js';
import { identityOf } from './identity.js';
import type { ChildMessage } from './messages.js';

const [file = '', out = '', threads = '', identity = ''] = process.argv.slice(2);

function tell(message: ChildMessage): void {
  process.send?.(message);
}

// Without the process that asked for the run nobody would take it.
const orphaned = (): void => {
  process.exit(1);
};
process.on('disconnect', orphaned);
// A terminal's interruption comes to all processes; what to do about it is the other one's to decide.
process.on('SIGINT', () => undefined);
tell({ type: 'begin' });

const progress: Callback = {
  onProgress: (state) => {
    tell({ type: 'progress', progress: state });
  },
};
try {
  await silenceTfjs();
  const given = await readConfig(file);
  const config = { ...given, fit: { ...given.fit, threads: Number(threads) } };
  const built = await buildRun(config);
  if (identityOf(resolveRun(config, built).config, built, new WeakMap()) !== identity) {
    throw new EnsembleError(
      'INVALID_DATA',
      'Data or models are not what they were when the series was planned. Run it again.',
    );
  }
  const signal = new AbortController().signal; // it is never interrupted, only killed
  // Its time is that of its process.
  await trainRun(config, built, { out, callbacks: [progress], signal, started: 0 }, () => undefined);
} catch (error) {
  if (!(error instanceof EnsembleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message });
  process.exitCode = 1;
}
process.off('disconnect', orphaned);
process.disconnect();
