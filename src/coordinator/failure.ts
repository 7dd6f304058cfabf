import { EnsembleError, type EnsembleErrorCode } from '../errors.js';
import type { ErrorReport } from '../protocol/thread.js';

/** The error that a thread reported, with the thread's own message and stack as its cause. */
export function revive(report: ErrorReport): EnsembleError {
  const cause = new Error(report.message);
  cause.name = report.name;
  cause.stack = report.stack;
  if (report.code !== null) return new EnsembleError(report.code as EnsembleErrorCode, report.message, { cause });
  const where = report.member === null ? 'A worker thread' : `Member "${report.member}"`;
  return new EnsembleError('MEMBER_FAILED', `${where} failed: ${report.message}`, { cause });
}

/** A thread that died can't say who it was. */
export function nameMembers(error: unknown, members: readonly string[]): unknown {
  // One without members of its own was helping the others.
  if (!(error instanceof EnsembleError) || error.code !== 'THREAD_DIED' || members.length === 0) return error;
  const names = members.map((name) => `"${name}"`).join(', ');
  return new EnsembleError('THREAD_DIED', `The worker thread of member ${names} ended unexpectedly.`, {
    cause: error.cause,
  });
}

/** What a call ends with that was stopped by its signal, with the signal's reason as its cause. */
export function aborted(
  signal: AbortSignal | null,
  message = "Stopped by the call's `signal` before the end.",
): EnsembleError {
  return new EnsembleError('ABORTED', message, { cause: signal?.reason });
}
