import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { writing } from '../assemble/files.js';
import type { TrainingProgress } from '../coordinator/callbacks.js';
import type { ChildMessage } from './messages.js';
import type { PlannedRun } from './plan.js';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
/** Characters of what a process writes before it dies that are kept: where it ends is what tells. */
const KEPT = 2000;

export interface LaunchOptions {
  /** Where the run is written; made anew. */
  readonly folder: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/**
 * Runs a training in a process of its own.
 * @returns null where it ended well; else why not
 */
export async function launch(run: PlannedRun, options: LaunchOptions): Promise<string | null> {
  const { folder, threads, signal, onProgress } = options;
  const config = `${folder}.yaml`;
  await writing(folder, async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(config, stringify(run.config));
  });
  signal.throwIfAborted();
  const child = fork(CHILD, [config, folder, String(threads)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  const kill = (): void => {
    child.kill('SIGKILL'); // nothing of half a run is kept
  };
  signal.addEventListener('abort', kill, { once: true });
  const failures: string[] = [];
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-KEPT);
  });
  child.on('message', (message: ChildMessage) => {
    if (message.type === 'progress') onProgress(message.progress);
    else failures.push(`${message.code}: ${message.message}`);
  });
  const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (code === 0) return null;
  const [
    failure = [`its process ended with ${killedBy ?? `code ${code ?? 0}`}`, written.trim()].filter(Boolean).join(': '),
  ] = failures;
  return failure;
}
