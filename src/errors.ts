import { inspect } from 'node:util';

/**
 * Every error that this package throws on purpose, with the situation it stands for. A code is stable: programs may
 * switch on it. The message says what was wrong, what was expected and what to do.
 */
export type EnsembleErrorCode =
  // what the user wrote
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

/** An error of this package: a literal {@link EnsembleErrorCode | code}, a message with rule, value and remedy. */
export class EnsembleError extends Error {
  override readonly name = 'EnsembleError';

  constructor(
    /** What kind of error this is; stable. */
    readonly code: EnsembleErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A received value, in a message: text in quotes, so that "1" is not taken for 1; an object of a class by the class's name. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { constructor } = value;
    if (typeof constructor === 'function' && constructor !== Object) return constructor.name;
  }
  return inspect(value, { depth: 0, breakLength: Infinity });
}
