import { EnsembleError } from '../errors.js';

/**
 * Checks a number that counts something.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function checkCount(option: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new EnsembleError(
      'INVALID_OPTION',
      `Expected \`${option}\` to be an integer >= ${least}. Received: ${String(value)}`,
    );
  }
}
