import { EnsembleError } from '../errors.js';
import type { EnsemblePlan, MemberPlan } from '../protocol/plan.js';
import { quoted } from '../text/names.js';
import { checkKeys, expectOption } from '../text/options.js';
import { engineCatalog, type EngineCatalog, type EngineName } from './catalog.js';
import type { EngineDefinition } from './definition.js';

/** An engine, or `'auto'` for the best installed engine that can run the member. */
export type EngineChoice = EngineName | 'auto';
/** One engine for all members, or an engine by member. A member that is not named gets `'auto'`. */
export type EngineOption = EngineChoice | Readonly<Record<string, EngineChoice>>;

/** The values that a user may give for a member's engine. */
export function choicesIn<Name extends string>({ names }: EngineCatalog<Name>): ('auto' | Name)[] {
  return ['auto', ...names];
}

export const engineChoices: readonly EngineChoice[] = choicesIn(engineCatalog);

/**
 * Chooses the engine of each member. The choice depends on the plan and the installed engines only, not on measured times. `auto` takes the
 * first engine of the catalogue that is installed and can run the member, unless a later engine is preferred. TensorFlow.js uses one
 * backend for all members.
 * @throws EnsembleError `INVALID_OPTION`; `ENGINE_UNAVAILABLE` for an engine that is not installed
 */
export function chooseEngines(plan: EnsemblePlan, option: EngineOption): Record<string, EngineName> {
  return chooseFrom(engineCatalog, plan, option);
}

/** Like {@link chooseEngines}, with a given catalogue. */
export function chooseFrom<Name extends string>(
  catalog: EngineCatalog<Name>,
  plan: EnsemblePlan,
  option: 'auto' | Name | Readonly<Record<string, 'auto' | Name>>,
): Record<string, Name> {
  const choices = readChoices(catalog, plan, option);
  const chosen = new Set(choices.values());
  const named = catalog.engines.filter(({ name }) => chosen.has(name));
  checkOneBackend(named);
  const missing = new Map(catalog.engines.map((engine) => [engine, engine.whyMissing()]));
  const reason = named.map((engine) => missing.get(engine) ?? null).find((why) => why !== null);
  if (reason !== undefined) {
    throw new EnsembleError('ENGINE_UNAVAILABLE', `${reason}${catalog.recommend(', or use ')}.`);
  }
  const installed = catalog.engines.filter((engine) => missing.get(engine) === null);
  const open = plan.members.filter((member) => choices.get(member) === 'auto');
  const backend = chooseBackend(installed, named, open);
  const usable = installed.filter(({ needsBackend }) => needsBackend === null || needsBackend === backend);
  return Object.fromEntries(
    [...choices].map(([member, choice]) => [member.name, choice === 'auto' ? bestOf(usable, member) : choice]),
  );
}

/** Checks the option and returns the user's choice for each member. */
function readChoices<Name extends string>(
  catalog: EngineCatalog<Name>,
  plan: EnsemblePlan,
  option: 'auto' | Name | Readonly<Record<string, 'auto' | Name>>,
): Map<MemberPlan, 'auto' | Name> {
  const all: readonly unknown[] = choicesIn(catalog);
  const expected = `one of ${quoted(choicesIn(catalog))}`;
  const byMember = typeof option === 'object';
  if (byMember) checkKeys('`engine`', option, Object.fromEntries(plan.members.map(({ name }) => [name, true])));
  const choices = new Map<MemberPlan, 'auto' | Name>();
  for (const member of plan.members) {
    const choice = byMember ? (option[member.name] ?? 'auto') : option;
    expectOption(byMember ? `engine.${member.name}` : 'engine', choice, expected, all.includes(choice));
    choices.set(member, choice);
  }
  return choices;
}

function checkOneBackend(named: readonly EngineDefinition[]): void {
  const [first, ...others] = named.filter(({ needsBackend }) => needsBackend !== null);
  const other = others.find(({ needsBackend }) => needsBackend !== first?.needsBackend);
  if (first === undefined || other === undefined) return;
  throw new EnsembleError(
    'INVALID_OPTION',
    `Expected \`engine\` not to name both "${first.name}" and "${other.name}", because TensorFlow.js uses one backend at a time.`,
  );
}

/**
 * Chooses the backend of TensorFlow.js: the first one with which every member has an engine. The backends of engines that the user has named
 * come first.
 * @param open the members whose engine `auto` chooses
 */
function chooseBackend(
  installed: readonly EngineDefinition[],
  named: readonly EngineDefinition[],
  open: readonly MemberPlan[],
): string | null {
  const backends = new Set([...named, ...installed].flatMap(({ needsBackend }) => needsBackend ?? []));
  const serves = (backend: string, member: MemberPlan): boolean =>
    installed.some((engine) => (engine.needsBackend ?? backend) === backend && engine.whyNot(member) === null);
  return [...backends].find((backend) => open.every((member) => serves(backend, member))) ?? null;
}

/** @throws EnsembleError `ENGINE_UNAVAILABLE` if no engine can run the member */
function bestOf<Name extends string>(usable: readonly EngineDefinition<Name>[], member: MemberPlan): Name {
  const able = usable.filter((engine) => engine.whyNot(member) === null);
  const best = able.find((engine) => engine.whyPreferred(member) !== null) ?? able[0];
  if (best !== undefined) return best.name;
  const reasons = usable.map((engine) => `"${engine.name}": ${engine.whyNot(member) ?? ''}`);
  throw new EnsembleError('ENGINE_UNAVAILABLE', `No engine can run member "${member.name}". ${reasons.join('; ')}.`);
}

/** The reasons, by member, why `auto` does not run a member on the first engine of the catalogue. A reason names the layer. */
export function explainEngines(plan: EnsemblePlan, engines: Readonly<Record<string, string>>): Record<string, string> {
  const [first] = engineCatalog.engines;
  return Object.fromEntries(
    plan.members.flatMap((member) => {
      const engine = engineCatalog.get(engines[member.name] ?? '');
      const reason = first?.whyNot(member) ?? engine.whyPreferred(member);
      return reason === null ? [] : [[member.name, reason]];
    }),
  );
}
