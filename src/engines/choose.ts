import { EnsembleError } from '../errors.js';
import { multiplyAdds, whyNotWasm } from './wasm/planning.js';
import { findTfjsNode, MISSING } from './tfjs/tensorflow/tfjsNode.js';
import type { EngineName, EnsemblePlan, MemberPlan, TfjsEngineName } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import { checkKeys, expectOption } from '../text/options.js';

/** An engine, or `'auto'`: the best that supports a member, by the plan and what is installed. */
export type EngineChoice = EngineName | 'auto';
/** For all members, or by the member's name; `'auto'` for those that are not named. */
export type EngineOption = EngineChoice | Readonly<Record<string, EngineChoice>>;

const CHOICES: readonly unknown[] = ['auto', 'wasm', 'tensorflow', 'tfjs'] satisfies readonly EngineChoice[];
const EXPECTED = 'one of "auto", "wasm", "tensorflow", "tfjs"';

/**
 * From where on a member counts as large: multiplications and additions of a sample's forward pass, beyond one for each weight. Measured on an
 * AVX-512 CPU, a core for each engine (scripts/compare-engines.js, table in docs/engines.md): with batches of 64 and 16, TensorFlow takes 0.6 and
 * 0.7 of the time of `wasm` at 2.6 million, 0.4 and 0.4 at 5.7, 0.3 and 0.3 at 39. In dense layers, which use each weight once a sample, updates
 * and copies take its advantage away with small batches: 0.4 and 1.1 at 5.8 million.
 */
const LARGE = 4e6;

/**
 * The engine of each member: a function of the plan and of what is installed alone, never of a timing. `auto` takes `wasm` for every
 * member that it has kernels for, unless it is large (see {@link LARGE}) and there is a tfjs-node; for others tfjs-node, or else `tfjs`.
 * @throws EnsembleError `INVALID_OPTION`; `ENGINE_UNAVAILABLE` for `tensorflow` where there is no tfjs-node
 */
export function chooseEngines(plan: EnsemblePlan, option: EngineOption): Record<string, EngineName> {
  const byMember = typeof option === 'object';
  if (byMember) checkKeys('`engine`', option, Object.fromEntries(plan.members.map(({ name }) => [name, true])));
  const choices = new Map<MemberPlan, EngineChoice>();
  for (const member of plan.members) {
    const choice = byMember ? (option[member.name] ?? 'auto') : option;
    expectOption(byMember ? `engine.${member.name}` : 'engine', choice, EXPECTED, CHOICES.includes(choice));
    choices.set(member, choice);
  }
  const named = new Set(choices.values());
  if (named.has('tensorflow') && named.has('tfjs')) {
    throw new EnsembleError(
      'INVALID_OPTION',
      'Expected `engine` not to name both "tensorflow" and "tfjs": TensorFlow.js computes with one of them at a time.',
    );
  }
  const isInstalled = findTfjsNode() !== null;
  if (named.has('tensorflow') && !isInstalled) throw new EnsembleError('ENGINE_UNAVAILABLE', MISSING);
  const open = plan.members.filter((member) => choices.get(member) === 'auto');
  const needsTfjs =
    named.has('tfjs') || open.some((member) => isDilated(member.topology) && whyNotWasm(member) !== null);
  const other = isInstalled && !needsTfjs ? 'tensorflow' : 'tfjs';
  return Object.fromEntries(
    [...choices].map(([member, choice]) => [member.name, choice === 'auto' ? bestEngine(member, other) : choice]),
  );
}

function bestEngine(member: MemberPlan, other: TfjsEngineName): EngineName {
  if (whyNotWasm(member) !== null) return other;
  return other === 'tensorflow' && isLarge(member) && !isDilated(member.topology) ? 'tensorflow' : 'wasm';
}

function isLarge(member: MemberPlan): boolean {
  return multiplyAdds(member) - sizeOfWeights(member.weights) >= LARGE;
}

/** Whether any layer in a model's JSON has a dilation, which TensorFlow.js has no gradients of; the engine `tfjs` has them for some layers. */
function isDilated(json: unknown): boolean {
  if (typeof json !== 'object' || json === null) return false;
  return Object.entries(json).some(
    ([key, value]) => (key === 'dilation_rate' && [value].flat().some((rate) => rate !== 1)) || isDilated(value),
  );
}

/** For each member that `auto` does not run on `wasm`: why, naming the layer. */
export function reasonsAgainstWasm(
  plan: EnsemblePlan,
  engines: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    plan.members.flatMap((member) => {
      const reason = whyNotWasm(member);
      if (reason !== null) return [[member.name, reason]];
      if (engines[member.name] !== 'tensorflow' || !isLarge(member)) return [];
      return [[member.name, `large: ${(multiplyAdds(member) / 1e6).toFixed(0)} million multiply-adds a sample`]];
    }),
  );
}
