import { EnsembleError } from '../errors.js';

const PATTERN = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const LONGEST = 100;

/**
 * Checks a name. It becomes the name of a layer, a key of records and a part of the history's keys.
 * @throws EnsembleError `INVALID_NAME`
 */
export function checkName(name: string, role: 'member' | 'input' | 'output'): void {
  const refuse = (rule: string): never => {
    throw new EnsembleError('INVALID_NAME', `Expected the ${role}'s name ${rule}. Received: ${JSON.stringify(name)}`);
  };
  // A JavaScript object puts keys that look like integers first, and so does not keep their order.
  if (/^\d+$/.test(name)) refuse('not to look like an integer (it would lose its place in the order), such as "net1"');
  if (name.length > LONGEST) refuse(`to have at most ${LONGEST} characters`);
  if (!PATTERN.test(name)) {
    refuse('to start with a letter or "_", followed by letters, digits, "_", "-" or "."');
  }
  if (Object.hasOwn(Object.prototype, name) || name === '__proto__')
    refuse('not to be a property that every object has');
  if (role === 'output' && (name === 'val' || name.startsWith('val_'))) {
    refuse('not to start with "val_", which marks validation scores in the history');
  }
}
