import { EnsembleError, show } from '../errors.js';
import { didYouMean, quoted } from './names.js';

/**
 * Checks that a number is an integer >= `least`.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function checkCount(option: string, value: number, least = 1): void {
  expectOption(option, value, `an integer >= ${least}`, Number.isSafeInteger(value) && value >= least);
}

/** @throws EnsembleError `INVALID_OPTION` with the rule and the value, unless `holds` */
export function expectOption(option: string, value: unknown, rule: string, holds: boolean): void {
  if (holds) return;
  throw new EnsembleError('INVALID_OPTION', `Expected \`${option}\` to be ${rule}. Received: ${show(value)}`);
}

/**
 * Refuses unknown keys. Without this check, a program without types would not notice a mistyped option.
 * @param what the object that has the keys, for the message
 * @throws EnsembleError `INVALID_OPTION`
 */
export function checkKeys(what: string, given: unknown, known: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(known);
  const expected = `Expected ${what} to be an object with keys among ${quoted(keys)}. Received: `;
  if (typeof given !== 'object' || given === null) throw new EnsembleError('INVALID_OPTION', expected + show(given));
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(known, key));
  if (unknown === undefined) return;
  throw new EnsembleError('INVALID_OPTION', expected + quoted([unknown]) + didYouMean(unknown, keys));
}
