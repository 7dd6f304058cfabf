import { EnsembleError } from '../errors.js';

/** How well the assembled model agrees with what the workers gave. */
export interface Parity {
  /** Largest absolute difference over all samples and outputs. */
  readonly maxAbsDiff: number;
  readonly samples: number;
}

/** Differences are allowed up to this times max(1, |y|): float32 sums in another order. */
const PARITY_TOLERANCE = 1e-5;

/**
 * Compares outputs, by name.
 * @throws EnsembleError `PARITY` if any number differs by more than {@link PARITY_TOLERANCE} · max(1, |y|)
 */
export function compareOutputs(
  assembled: ReadonlyMap<string, Float32Array>,
  fromWorkers: ReadonlyMap<string, Float32Array>,
  samples: number,
): Parity {
  let maxAbsDiff = 0;
  for (const [name, expected] of fromWorkers) {
    const received = assembled.get(name) ?? new Float32Array(expected.length).fill(NaN);
    for (const [i, y] of expected.entries()) {
      const difference = Math.abs((received[i] ?? NaN) - y);
      maxAbsDiff = Math.max(maxAbsDiff, difference);
      if (!(difference <= PARITY_TOLERANCE * Math.max(1, Math.abs(y)))) {
        throw new EnsembleError(
          'PARITY',
          `Expected output "${name}" of the assembled model to agree with the workers' to ${PARITY_TOLERANCE} · max(1, |y|). ` +
            `Received: ${String(received[i])} instead of ${y}. This is a fault of tfjs-ensemble or of a custom layer that ` +
            'behaves differently in a thread; please report it.',
        );
      }
    }
  }
  return { maxAbsDiff, samples };
}
