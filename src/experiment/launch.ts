import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { writing } from '../files.js';
import type { TrainingProgress } from '../callbacks/callback.js';
import type { ChildMessage } from './messages.js';
import type { PlannedRun } from './plan.js';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
/** Number of characters that are kept from the end of a process's output. The end has the error. */
const KEPT = 10_000;
/** Milliseconds until a process must have reported its start. A process that gets no threads or memory may hang. */
const START_MS = 60_000;

export interface LaunchOptions {
  /** Folder of the run, which the run creates. */
  readonly folder: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/**
 * Runs a training in a separate process.
 * @returns null if it succeeded, else the reason of the failure
 * @throws the reason of the signal if it is aborted
 */
export async function launch(
  run: PlannedRun,
  { folder, threads, signal, onProgress }: LaunchOptions,
): Promise<string | null> {
  const config = `${folder}.yaml`;
  await writing(folder, async () => {
    await mkdir(dirname(folder), { recursive: true });
    await writeFile(config, stringify(run.config));
  });
  signal.throwIfAborted();
  const child = fork(CHILD, [config, folder, String(threads), run.identity], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    // On the engine `tensorflow`, the last bits depend on the size of the thread pool, so the size is fixed.
    env: { TF_NUM_INTRAOP_THREADS: '1', ...process.env },
  });
  const { failure, written } = await end(child, signal, onProgress);
  signal.throwIfAborted();
  if (failure === null && written !== '') await writing(folder, () => writeFile(join(folder, 'log.txt'), written));
  return failure;
}

/** Waits for the end of a process. Returns the reason of a failure, and the output of the process. */
async function end(
  child: ChildProcess,
  signal: AbortSignal,
  onProgress: LaunchOptions['onProgress'],
): Promise<{ failure: string | null; written: string }> {
  let failure: string | null = null;
  let written = '';
  const kill = (): void => {
    child.kill('SIGKILL'); // an incomplete run is not kept
  };
  const late = setTimeout(() => {
    failure = `its process had not started after ${START_MS / 1000} s`;
    kill();
  }, START_MS);
  signal.addEventListener('abort', kill, { once: true });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-KEPT);
  });
  child.on('message', (message: ChildMessage) => {
    clearTimeout(late);
    if (message.type === 'progress') onProgress(message.progress);
    else if (message.type === 'failed') failure ??= `${message.code}: ${message.message}`;
  });
  const code = await new Promise<number | NodeJS.Signals | Error>((resolve) => {
    child.once('error', resolve); // the process could not be started or killed
    child.once('close', (exit, killedBy) => {
      resolve(killedBy ?? exit ?? 0);
    });
  });
  clearTimeout(late);
  signal.removeEventListener('abort', kill);
  if (code instanceof Error) failure ??= code.message;
  else if (code !== 0) failure ??= [`its process ended with ${code}`, reasonIn(written)].filter(Boolean).join(': ');
  return { failure, written };
}

/** The most useful line of a process's output: the first error, else the last line. */
function reasonIn(written: string): string {
  const lines = written
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.find((line) => /error|fatal|assert/i.test(line)) ?? lines.at(-1) ?? '';
}
