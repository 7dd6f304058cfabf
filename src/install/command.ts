import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EnsembleError } from '../errors.js';

const run = promisify(execFile);
/** Bytes of output that are kept. Compilers may print a lot. */
const MOST_OUTPUT = 64 * 1024 * 1024;

export interface CommandOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Runs the program in a shell. Shell scripts need this, such as npm on Windows. @defaultValue false */
  readonly shell?: boolean;
  /** Time limit in seconds. @defaultValue no limit */
  readonly timeout?: number;
}

/**
 * Runs a program and waits for its end.
 * @returns its standard output
 * @throws EnsembleError `SETUP_FAILED` with the end of its output; `ABORTED`
 */
export async function command(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { signal, cwd, env = process.env, shell = false, timeout = 0 } = options;
  try {
    const { stdout } = await run(program, args, {
      signal,
      env,
      shell,
      timeout: timeout * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_OUTPUT,
      ...(cwd === undefined ? {} : { cwd }),
    });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    const {
      stderr = '',
      stdout = '',
      killed = false,
      message,
    } = cause as Partial<Record<string, string>> & {
      killed?: boolean;
    };
    const said = (stderr.trim() || stdout.trim() || (message ?? '')).split('\n').slice(-8).join('\n  ');
    const how = killed && timeout > 0 ? `did not finish within ${timeout} s` : 'failed';
    throw new EnsembleError('SETUP_FAILED', `\`${[program, ...args.slice(0, 4)].join(' ')} …\` ${how}:\n  ${said}`, {
      cause,
    });
  }
}

/** Whether a program exists and runs with these arguments. */
export async function answers(program: string, args: readonly string[], signal: AbortSignal): Promise<boolean> {
  try {
    await command(program, args, { signal, timeout: 30 });
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}
