import type { EnsembleError, EnsembleErrorCode } from '../errors.js';

export const ENDED_WELL = 0;
export const FAILED = 1;
export const WRONG_USAGE = 2;
export const INTERRUPTED = 130;

/** Errors of a run; all others are of what the user wrote. */
const OF_THE_RUN: ReadonlySet<EnsembleErrorCode> = new Set([
  'MEMBER_FAILED',
  'THREAD_DIED',
  'STEP_TIMEOUT',
  'LOSS_NOT_FINITE',
  'PARITY',
  'SETUP_FAILED',
]);

/** What the system says of a disk that is full or broken: the folder that was named is not to blame. */
const OF_THE_DISK: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);

export function exitCodeOf({ code, cause }: EnsembleError): number {
  if (code === 'ABORTED') return INTERRUPTED;
  const isOfDisk = cause instanceof Error && 'code' in cause && OF_THE_DISK.has(cause.code);
  return OF_THE_RUN.has(code) || (code === 'OUTPUT_FOLDER' && isOfDisk) ? FAILED : WRONG_USAGE;
}
