import * as tf from '@tensorflow/tfjs';

/**
 * Suppresses the advertisement for tfjs-node, which the JavaScript backend of tfjs prints at its first use. Only the command does this;
 * a library must not change the output of a program.
 */
export async function silenceTfjs(): Promise<void> {
  await tf.setBackend('cpu');
  const cpu: unknown = tf.findBackend('cpu');
  (cpu as { firstUse: boolean }).firstUse = false;
}

/** Prints warnings as single lines, without the advice of Node.js on flags for tracing them. */
export function plainWarnings(quiet: boolean): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ message }) => {
    if (!quiet) process.stderr.write(`warning: ${message}\n`);
  });
}
