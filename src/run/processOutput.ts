import * as tf from '@tensorflow/tfjs';

/**
 * Keeps tfjs from advertising tfjs-node: its JavaScript backend does so at its first use, unless it believes that it was used
 * before. For the command only: a library leaves that to the program.
 */
export async function silenceTfjs(): Promise<void> {
  await tf.setBackend('cpu');
  const cpu: unknown = tf.findBackend('cpu');
  (cpu as { firstUse: boolean }).firstUse = false;
}

/** Warnings as lines of their own, without Node's advice on flags for tracing them. */
export function plainWarnings(quiet: boolean): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ message }) => {
    if (!quiet) process.stderr.write(`warning: ${message}\n`);
  });
}
