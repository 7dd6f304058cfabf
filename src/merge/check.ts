import { EnsembleError, show, type EnsembleErrorCode } from '../errors.js';
import type { MergeConfig } from '../protocol/plan.js';
import { resolveOptions } from '../registry/options.js';
import type { Merge } from './merge.js';
import { mergeRegistry } from './registry.js';

/**
 * Checks a merge before members and shapes are known.
 * @param given any value, because it may come from a program without types or from a file
 * @param output name of the output, for the message
 * @returns plain data with all options
 * @throws EnsembleError `INVALID_OPTION`, `DUPLICATE_MEMBER`
 */
export function resolveMerge(given: unknown, output: string): MergeConfig {
  const refuse = (rule: string, received: string, code: EnsembleErrorCode = 'INVALID_OPTION'): never => {
    throw new EnsembleError(code, `Expected output ${JSON.stringify(output)} ${rule}. Received: ${received}`);
  };
  if (!mergeRegistry.isConfig(given) || !mergeRegistry.has(given.merge)) {
    return refuse(`to be a merge: the result of ${mergeRegistry.names.join('(), ')}()`, show(given));
  }
  const { merge, members, ...options } = given;
  if (!isNames(members) || members.length === 0) {
    return refuse(`to list at least one member's name in ${merge}()`, show(members));
  }
  const repeated = members.find((member, i) => members.indexOf(member) !== i);
  if (repeated !== undefined) {
    refuse(`to use each member once in ${merge}()`, `${JSON.stringify(repeated)} twice`, 'DUPLICATE_MEMBER');
  }
  const definition = mergeRegistry.of(given);
  if (definition.takes === 'one' && members.length !== 1) {
    refuse(`to have exactly one member in ${merge}(); combine several with mean() or another merge`, show(members));
  }
  const config = { merge, members, ...resolveOptionsFor(output, definition, options) };
  const problem = definition.check?.(config) ?? null;
  if (problem !== null) refuse(problem.rule, problem.received);
  return config;
}

function resolveOptionsFor(output: string, merge: Merge, options: object): Readonly<Record<string, unknown>> {
  try {
    return resolveOptions(merge, options);
  } catch (error) {
    if (!(error instanceof EnsembleError)) throw error;
    throw new EnsembleError(error.code, `In output ${JSON.stringify(output)}: ${error.message}`, { cause: error });
  }
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
