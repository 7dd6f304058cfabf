/**
 * A run of a series in a process of its own, so that its memory is its own, its crash stops no other, and nothing that one run does
 * can change another's numbers. Arguments: configuration, folder, threads.
 */
import { EnsembleError } from '../errors.js';
import { silenceTfjs } from '../run/silence.js';
import { train } from '../run/train.js';
import type { ChildMessage } from './messages.js';

const [config = '', out = '', threads = ''] = process.argv.slice(2);

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

await silenceTfjs();
try {
  await train(
    {
      config,
      out,
      threads: Number(threads),
      callbacks: [
        {
          onProgress: (progress) => {
            tell({ type: 'progress', progress });
          },
        },
      ],
      signal: new AbortController().signal,
    },
    () => undefined,
  );
} catch (error) {
  if (!(error instanceof EnsembleError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message });
  process.exitCode = 1;
}
process.off('disconnect', orphaned);
process.disconnect();
