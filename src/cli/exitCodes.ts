import type { EnsembleError, EnsembleErrorCode } from '../errors.js';

export const ENDED_WELL = 0;
export const FAILED = 1;
export const WRONG_USAGE = 2;
export const INTERRUPTED = 130;

/** Errors of the training or the setup. All other errors are mistakes of the user. */
const OF_THE_RUN: ReadonlySet<EnsembleErrorCode> = new Set([
  'MEMBER_FAILED',
  'THREAD_DIED',
  'STEP_TIMEOUT',
  'LOSS_NOT_FINITE',
  'PARITY',
  'SETUP_FAILED',
]);

/** System errors of a full or broken disk. They are not mistakes of the user. */
const OF_THE_DISK: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);

export function exitCodeOf({ code, cause }: EnsembleError): number {
  if (code === 'ABORTED') return INTERRUPTED;
  const isOfDisk = cause instanceof Error && 'code' in cause && OF_THE_DISK.has(cause.code);
  return OF_THE_RUN.has(code) || (code === 'OUTPUT_FOLDER' && isOfDisk) ? FAILED : WRONG_USAGE;
}
