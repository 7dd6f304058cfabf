import { MemberError } from '../engines/memberError.js';
import { EnsembleError } from '../errors.js';
import type { ErrorReport } from '../protocol/thread.js';

/**
 * Turns an error into plain data for the coordinator.
 * @param member the member that was being computed; a `MemberError` names its own
 */
export function reportError(error: unknown, member: string | null): ErrorReport {
  if (error instanceof MemberError) return reportError(error.cause, error.member);
  if (!(error instanceof Error)) return { member, code: null, name: 'Error', message: String(error), stack: '' };
  const { name, message, stack } = error;
  return { member, code: error instanceof EnsembleError ? error.code : null, name, message, stack: stack ?? '' };
}
