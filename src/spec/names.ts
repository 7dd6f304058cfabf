import { distance } from 'fastest-levenshtein';
import { EnsembleError } from '../errors.js';

const PATTERN = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const LONGEST = 100;

/**
 * Checks a name that becomes a layer's name, a key of a record and a part of history's keys.
 * @throws EnsembleError `INVALID_NAME`
 */
export function checkName(name: string, role: 'member' | 'input' | 'output'): void {
  const refuse = (rule: string): never => {
    throw new EnsembleError('INVALID_NAME', `Expected the ${role}'s name ${rule}. Received: ${JSON.stringify(name)}`);
  };
  // Integer-like keys come first in a JavaScript object, whatever the order in which they were written.
  if (/^\d+$/.test(name)) refuse('not to look like an integer (it would lose its place in the order), such as "net1"');
  if (name.length > LONGEST) refuse(`to have at most ${LONGEST} characters`);
  if (!PATTERN.test(name)) {
    refuse('to start with a letter or underscore and to go on with letters, digits, "_", "-" or "."');
  }
  if (Object.hasOwn(Object.prototype, name) || name === '__proto__')
    refuse('not to be a property that every object has');
  if (role === 'output' && (name === 'val' || name.startsWith('val_'))) {
    refuse('not to start with "val_", which marks the values of validation in the history');
  }
}

/** `"a", "b"` */
export function quoted(names: Iterable<string>): string {
  return [...names].map((name) => JSON.stringify(name)).join(', ');
}

/** The candidate that a mistyped name probably stands for. */
export function nearest<Name extends string>(name: string, candidates: readonly Name[]): Name | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const [best] = candidates
    .map((candidate) => ({ candidate, far: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.far - b.far);
  if (best === undefined) return undefined;
  // Of a name that is as short as the distance nothing is left.
  const shortest = Math.min(plain(name).length, plain(best.candidate).length);
  return best.far <= Math.max(2, best.candidate.length / 3) && best.far < shortest ? best.candidate : undefined;
}

/** As {@link didYouMean}; where no candidate is near, all that there are. */
export function didYouMeanOneOf(name: string, candidates: readonly string[]): string {
  const all = candidates.length === 0 ? '' : `; expected one of ${candidates.join(', ')}`;
  return didYouMean(name, candidates) || all;
}

/** The end of a message about an unknown name: `; did you mean "adam"?`, or nothing where no candidate is near. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : `; did you mean ${quoted([near])}?`;
}
