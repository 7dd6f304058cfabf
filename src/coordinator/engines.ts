import { EnsembleError } from '../errors.js';
import type { EngineName, EnsemblePlan } from '../protocol/plan.js';

/** An engine for all members, or `'auto'`: for each the best that supports it, by the plan and what is installed. */
export type EngineOption = EngineName | 'auto';

/** Engines of this version, by preference of `auto`. */
const AVAILABLE: readonly EngineName[] = ['tfjs'];

/**
 * The engine of each member: a function of the plan and of what is installed alone, never of a timing.
 * @throws EnsembleError `ENGINE_UNAVAILABLE`
 */
export function chooseEngines(plan: EnsemblePlan, option: EngineOption): Record<string, EngineName> {
  const engine = option === 'auto' ? AVAILABLE[0] : AVAILABLE.find((name) => name === option);
  if (engine === undefined) {
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      `Expected \`engine\` to be one of "auto", ${AVAILABLE.map((name) => `"${name}"`).join(', ')}. Received: ${JSON.stringify(option)}`,
    );
  }
  return Object.fromEntries(plan.members.map((member) => [member.name, engine]));
}
