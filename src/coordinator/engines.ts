import { EnsembleError } from '../errors.js';
import { multiplyAdds, whyNotWasm } from '../engines/wasm/planning.js';
import { findTfjsNode, MISSING } from '../native/tfjsNode.js';
import type { EngineName, EnsemblePlan, MemberPlan } from '../protocol/plan.js';
import { sizeOf } from '../protocol/shape.js';
import { checkKeys, expectOption } from '../spec/options.js';

/** An engine, or `'auto'`: the best that supports a member, by the plan and what is installed. */
export type EngineChoice = EngineName | 'auto';
/** For all members, or by the member's name; `'auto'` for those that are not named. */
export type EngineOption = EngineChoice | Readonly<Record<string, EngineChoice>>;

const CHOICES: readonly unknown[] = ['auto', 'wasm', 'tensorflow', 'tfjs'] satisfies readonly EngineChoice[];
const EXPECTED = 'one of "auto", "wasm", "tensorflow", "tfjs"';

/**
 * What a member takes to be large: multiplications and additions of a sample's forward pass, beyond one for each weight. Measured on an
 * AVX-512 CPU, batches of 64, a core for each engine: at 2.5 million, TensorFlow takes 0.8 to 0.9 of the time of `wasm`, at 6 million 0.6, at
 * 39 million 0.36; with batches of 16, 1.4 and 0.7 at 2.5 and 10 million. Where weights are used once a sample, as in dense layers, their
 * update and their copies take TensorFlow's advantage away: 1.0 with 5.8 million weights in two dense layers.
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
  const engines = Object.fromEntries(
    plan.members.map((member): [string, EngineName] => {
      const choice = byMember ? (option[member.name] ?? 'auto') : option;
      expectOption(byMember ? `engine.${member.name}` : 'engine', choice, EXPECTED, CHOICES.includes(choice));
      return [member.name, choice === 'auto' ? bestEngine(member) : choice];
    }),
  );
  const taken = new Set(Object.values(engines));
  if (taken.has('tensorflow') && taken.has('tfjs')) {
    throw new EnsembleError(
      'INVALID_OPTION',
      'Expected `engine` not to name both "tensorflow" and "tfjs": TensorFlow.js computes with one of them at a time. ' +
        'Every layer that "tfjs" has, "tensorflow" has too.',
    );
  }
  if (taken.has('tensorflow') && findTfjsNode() === null) throw new EnsembleError('ENGINE_UNAVAILABLE', MISSING);
  return engines;
}

function bestEngine(member: MemberPlan): EngineName {
  const isCovered = whyNotWasm(member) === null;
  if (findTfjsNode() === null) return isCovered ? 'wasm' : 'tfjs';
  if (!isCovered) return 'tensorflow';
  const weights = member.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return multiplyAdds(member) - weights >= LARGE ? 'tensorflow' : 'wasm';
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
