/**
 * Trains one run of a series. It is a separate process, so that runs share no memory, a crash stops no other run, and no run can
 * change the numbers of another. Arguments: configuration, folder, threads, identity.
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

// If the parent process has ended, nobody needs this run.
const orphaned = (): void => {
  process.exit(1);
};
process.on('disconnect', orphaned);
// A terminal sends SIGINT to all processes. The parent process handles it.
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
      'The data or the models have changed since the series was planned. Run the series again.',
    );
  }
  const signal = new AbortController().signal; // never aborted: the parent kills the process instead
  // `started: 0` counts the time from the start of this process.
  await trainRun(config, built, { out, callbacks: [progress], signal, started: 0 }, () => undefined);
} catch (error) {
  if (!(error instanceof EnsembleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message });
  process.exitCode = 1;
}
process.off('disconnect', orphaned);
process.disconnect();
