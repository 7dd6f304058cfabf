import { EnsembleError, show, type EnsembleErrorCode } from '../errors.js';
import { merges } from './registry.js';

/**
 * Checks a merge on its own, before any member or shape is known. Takes anything, since it may come from a program without
 * types or from a file.
 * @param output name of the output, for the message
 * @throws EnsembleError `INVALID_OPTION`, `DUPLICATE_MEMBER`
 */
export function checkMerge(config: unknown, output: string): void {
  const refuse = (rule: string, received: string, code: EnsembleErrorCode = 'INVALID_OPTION'): never => {
    throw new EnsembleError(code, `Expected output ${JSON.stringify(output)} ${rule}. Received: ${received}`);
  };
  if (!isRecord(config) || typeof config['merge'] !== 'string' || !Object.hasOwn(merges, config['merge'])) {
    return refuse(`to be a merge: what ${Object.keys(merges).join('(), ')}() return`, show(config));
  }
  const { merge, members, weights } = config;
  if (!isList(members, 'string') || members.length === 0) {
    return refuse(`to list at least one member's name in ${merge}()`, show(members));
  }
  const repeated = members.find((member, i) => members.indexOf(member) !== i);
  if (repeated !== undefined) {
    refuse(`to use each member once in ${merge}()`, `${JSON.stringify(repeated)} twice`, 'DUPLICATE_MEMBER');
  }
  if (merge === 'direct' && members.length !== 1) {
    refuse('to have exactly one member in direct(); combine several with mean() or another merge', show(members));
  }
  if (merge !== 'weightedMean') return;
  if (!isList(weights, 'number') || weights.length !== members.length) {
    return refuse(`to have a weight for each of the ${members.length} members in weightedMean()`, show(weights));
  }
  if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0)) {
    refuse('to have finite weights >= 0 in weightedMean()', `[${weights.join(', ')}]`);
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0 && Number.isFinite(sum))) {
    refuse('to have weights with a finite sum > 0 in weightedMean()', `[${weights.join(', ')}]`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

interface TypeOf {
  string: string;
  number: number;
}

function isList<Name extends keyof TypeOf>(value: unknown, type: Name): value is readonly TypeOf[Name][] {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
