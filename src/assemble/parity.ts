import { EnsembleError } from '../errors.js';

/** The difference between the assembled model and the workers. */
export interface Parity {
  /** Largest absolute difference over all samples and outputs. */
  readonly maxAbsDiff: number;
  readonly samples: number;
}

/** The largest allowed difference is this number times max(1, |y|). Differences come from float32 sums in another order. */
const PARITY_TOLERANCE = 1e-5;

/** The result of a comparison. The error is null if the outputs agree. */
export interface Comparison {
  readonly parity: Parity;
  readonly error: EnsembleError | null;
}

/**
 * Compares the outputs with the same name.
 * @returns an error `PARITY` if any number differs by more than {@link PARITY_TOLERANCE} · max(1, |y|)
 */
export function compareOutputs(
  assembled: ReadonlyMap<string, Float32Array>,
  fromWorkers: ReadonlyMap<string, Float32Array>,
  samples: number,
): Comparison {
  let maxAbsDiff = 0;
  let error: EnsembleError | null = null;
  for (const [name, expected] of fromWorkers) {
    const received = assembled.get(name);
    for (const [i, y] of expected.entries()) {
      const difference = Math.abs((received?.[i] ?? NaN) - y);
      maxAbsDiff = Math.max(maxAbsDiff, difference);
      if (!(difference <= PARITY_TOLERANCE * Math.max(1, Math.abs(y)))) {
        error ??= new EnsembleError(
          'PARITY',
          `Expected output "${name}" of the assembled model to agree with the workers' to ${PARITY_TOLERANCE} · max(1, |y|). ` +
            `Received: ${String(received?.[i])} instead of ${y}. This is a fault of tfjs-ensemble or of a custom layer that ` +
            'behaves differently in a thread; please report it.',
        );
      }
    }
  }
  return { parity: { maxAbsDiff, samples }, error };
}
