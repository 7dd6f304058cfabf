import { inspect } from 'node:util';

/**
 * The codes of {@link EnsembleError}. Codes are stable, so programs can depend on them. The message says what was expected, what was received
 * and how to correct it.
 */
export type EnsembleErrorCode =
  // options and models
  | 'INVALID_NAME'
  | 'INVALID_OPTION'
  | 'NO_MEMBERS'
  | 'NO_OUTPUTS'
  | 'UNKNOWN_MEMBER'
  | 'UNKNOWN_OUTPUT'
  | 'UNKNOWN_INPUT'
  | 'DUPLICATE_MEMBER'
  | 'INVALID_MODEL'
  | 'SHARED_LAYER'
  | 'STATEFUL_LAYER'
  | 'SECOND_TFJS'
  | 'SHAPE_MISMATCH'
  | 'NOT_COMPILED'
  // data
  | 'MISSING_DATA'
  | 'INVALID_DATA'
  | 'SAMPLE_COUNT'
  | 'LABEL_OUT_OF_RANGE'
  | 'NOT_FINITE'
  | 'IDX_FORMAT'
  | 'DATA_UNAVAILABLE'
  // the run
  | 'SETUP_MODULE'
  | 'ENGINE_UNAVAILABLE'
  | 'OUT_OF_MEMORY'
  | 'MEMBER_FAILED'
  | 'THREAD_DIED'
  | 'STEP_TIMEOUT'
  | 'LOSS_NOT_FINITE'
  | 'ABORTED'
  | 'BUSY'
  | 'CLOSED'
  | 'PARITY'
  // files and the command
  | 'CONFIG'
  | 'OUTPUT_FOLDER'
  | 'LOAD'
  | 'SETUP_FAILED';

/** An error of this package: a {@link EnsembleErrorCode | code}, and a message with the rule, the value and a remedy. */
export class EnsembleError extends Error {
  override readonly name = 'EnsembleError';

  constructor(
    /** The kind of error. It is stable. */
    readonly code: EnsembleErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A received value for a message. Text is in quotes, so that "1" differs from 1. An object of a class is shown as the class's name. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { constructor } = value;
    if (typeof constructor === 'function' && constructor !== Object) return constructor.name;
  }
  return inspect(value, { depth: 0, breakLength: Infinity });
}
