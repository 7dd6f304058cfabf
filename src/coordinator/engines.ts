import { EnsembleError } from '../errors.js';
import { whyNotWasm } from '../engines/wasm/planning.js';
import type { EngineName, EnsemblePlan, MemberPlan } from '../protocol/plan.js';

/** An engine for all members, or `'auto'`: for each the best that supports it, by the plan and what is installed. */
export type EngineOption = EngineName | 'auto';

/** Engines of this version. */
const AVAILABLE: readonly EngineName[] = ['wasm', 'tfjs'];

/**
 * The engine of each member: a function of the plan and of what is installed alone, never of a timing. `auto` takes `wasm` for every
 * member that it has kernels for.
 * @throws EnsembleError `ENGINE_UNAVAILABLE`
 */
export function chooseEngines(plan: EnsemblePlan, option: EngineOption): Record<string, EngineName> {
  if (option !== 'auto' && !AVAILABLE.includes(option)) {
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      `Expected \`engine\` to be one of "auto", ${AVAILABLE.map((name) => `"${name}"`).join(', ')}. Received: ${JSON.stringify(option)}`,
    );
  }
  return Object.fromEntries(plan.members.map((member) => [member.name, engineOf(member, option)]));
}

function engineOf(member: MemberPlan, option: EngineOption): EngineName {
  if (option !== 'auto') return option;
  return whyNotWasm(member) === null ? 'wasm' : 'tfjs';
}

/** For each member that could not be run on `wasm`: why, naming the layer. */
export function reasonsAgainstWasm(plan: EnsemblePlan): Record<string, string> {
  return Object.fromEntries(
    plan.members.flatMap((member) => {
      const reason = whyNotWasm(member);
      return reason === null ? [] : [[member.name, reason]];
    }),
  );
}
