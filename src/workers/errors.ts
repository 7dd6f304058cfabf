import { MemberError } from '../engines/memberError.js';
import { EnsembleError } from '../errors.js';
import type { ErrorReport } from '../protocol/thread.js';

/**
 * An error as data, for the way to the coordinator.
 * @param member that was at work, unless the error says so itself
 */
export function reportError(error: unknown, member: string | null): ErrorReport {
  if (error instanceof MemberError) return reportError(error.cause, error.member);
  if (!(error instanceof Error)) return { member, code: null, name: 'Error', message: String(error), stack: '' };
  const { name, message, stack } = error;
  return { member, code: error instanceof EnsembleError ? error.code : null, name, message, stack: stack ?? '' };
}
