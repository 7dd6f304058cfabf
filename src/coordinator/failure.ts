import { EnsembleError, type EnsembleErrorCode } from '../errors.js';
import type { ErrorReport } from '../protocol/thread.js';

/** The error that a thread reported. Its cause has the message and the stack of the error in the thread. */
export function revive(report: ErrorReport): EnsembleError {
  const cause = new Error(report.message);
  cause.name = report.name;
  cause.stack = report.stack;
  if (report.code !== null) return new EnsembleError(report.code as EnsembleErrorCode, report.message, { cause });
  const where = report.member === null ? 'A worker thread' : `Member "${report.member}"`;
  return new EnsembleError('MEMBER_FAILED', `${where} failed: ${report.message}`, { cause });
}

/** Adds the members' names to the error of a thread that died, because the thread can't report them itself. */
export function nameMembers(error: unknown, members: readonly string[]): unknown {
  // A thread without members only helps the others.
  if (!(error instanceof EnsembleError) || error.code !== 'THREAD_DIED' || members.length === 0) return error;
  const names = members.map((name) => `"${name}"`).join(', ');
  return new EnsembleError('THREAD_DIED', `The worker thread of member ${names} ended unexpectedly.`, {
    cause: error.cause,
  });
}

/** The error of a call that its signal has stopped. The cause is the signal's reason. */
export function aborted(
  signal: AbortSignal | null,
  message = "Stopped by the call's `signal` before the end.",
): EnsembleError {
  return new EnsembleError('ABORTED', message, { cause: signal?.reason });
}
