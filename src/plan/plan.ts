import type * as tf from '@tensorflow/tfjs';
import { EnsembleError, show } from '../errors.js';
import { resolveMerge } from '../merge/check.js';
import { mergeRegistry } from '../merge/registry.js';
import type {
  EnsemblePlan,
  GroupPlan,
  InputPlan,
  MemberPlan,
  MergeConfig,
  OutputPlan,
  Shape,
} from '../protocol/plan.js';
import { sameShape } from '../protocol/shape.js';
import { checkModel } from '../model/check.js';
import { describeModel } from '../model/describe.js';
import { quoted } from '../text/names.js';
import { checkName } from './names.js';
import { checkKeys } from '../text/options.js';
import type { MemberSpec, MemberSpecs, OutputSpecs } from './types.js';

const MEMBER_KEYS = { model: true, input: true, optimizer: true } satisfies Record<keyof MemberSpec, true>;

/**
 * Checks the user's specification and makes a plan of it: inputs and outputs in order, shapes, groups. Starts nothing and changes nothing.
 * @throws EnsembleError naming the member, input or output that is wrong
 */
export function planEnsemble(members: MemberSpecs, outputs: OutputSpecs<string>): EnsemblePlan {
  if (isEmpty(members)) {
    throw new EnsembleError(
      'NO_MEMBERS',
      `Expected \`members\` to have at least one member, such as { cnn: { model } }. Received: ${show(members)}`,
    );
  }
  if (isEmpty(outputs)) {
    throw new EnsembleError(
      'NO_OUTPUTS',
      `Expected \`outputs\` to have at least one output, such as { combined: mean([...]) }. Received: ${show(outputs)}`,
    );
  }
  const names = Object.keys(members);
  const plans = names.map((name) => planMember(name, members[name]));
  checkSharedWeights(members);
  const outputPlans = Object.entries(outputs).map(([name, merge]) => planOutput(name, merge, plans));
  const used = new Set(outputPlans.flatMap((output) => output.merge.members));
  const connected = plans.filter((plan) => used.has(plan.name));
  const inputs = planInputs(connected);
  checkDistinctNames(inputs, plans, outputPlans);
  return {
    inputs,
    members: connected,
    outputs: outputPlans,
    groups: planGroups(connected, outputPlans),
    unconnected: names.filter((name) => !used.has(name)),
  };
}

function isEmpty(record: unknown): boolean {
  return typeof record !== 'object' || record === null || Object.keys(record).length === 0;
}

function planMember(name: string, spec: MemberSpec | undefined): MemberPlan {
  checkName(name, 'member');
  const model: unknown = spec?.model;
  if (spec === undefined || model === undefined) {
    throw new EnsembleError(
      'INVALID_MODEL',
      `Member ${quoted([name])} has no model. Expected { model: tf.LayersModel, input?, optimizer? }.`,
    );
  }
  checkModel(name, model);
  checkKeys(`member ${quoted([name])}`, spec, MEMBER_KEYS);
  const inputs = inputNames(name, spec);
  for (const input of inputs) checkName(input, 'input');
  const count = model.inputs.length;
  if (inputs.length !== count) {
    throw new EnsembleError(
      'INVALID_MODEL',
      `Expected \`input\` of member ${quoted([name])} to name an input for each of its model's ${count} inputs. ` +
        `Received: ${quoted(inputs)}`,
    );
  }
  return { name, inputs, ...describeModel(name, model) };
}

function inputNames(member: string, { input = 'input' }: MemberSpec): readonly string[] {
  if (typeof input === 'string') return [input];
  if (Array.isArray(input)) return [...(input as readonly string[])];
  throw new EnsembleError(
    'INVALID_OPTION',
    `Expected \`input\` of member ${quoted([member])} to be a name or a list of names. Received: ${show(input)}`,
  );
}

/** Checks that every layer belongs to one member only. Members are trained in separate threads, so they can't share weights. */
function checkSharedWeights(members: MemberSpecs): void {
  const owners = new Map<number, { member: string; model: tf.LayersModel }>();
  for (const [member, { model }] of Object.entries(members)) {
    for (const weight of model.weights) {
      const owner = owners.get(weight.id);
      if (owner !== undefined && owner.member !== member) {
        throw new EnsembleError(
          'SHARED_LAYER',
          `Members ${quoted([owner.member])} and ${quoted([member])} share a layer: the weight ${quoted([weight.originalName])} is in ` +
            'both models. Build the layers of each member anew.',
        );
      }
      owners.set(weight.id, { member, model });
    }
  }
}

function planOutput(name: string, given: MergeConfig, members: readonly MemberPlan[]): OutputPlan {
  checkName(name, 'output');
  const merge = resolveMerge(given, name);
  const shapes = merge.members.map((member) => {
    const plan = members.find((candidate) => candidate.name === member);
    if (plan === undefined) {
      throw new EnsembleError(
        'UNKNOWN_MEMBER',
        `Output ${quoted([name])} uses the member ${quoted([member])}, which does not exist. Members: ` +
          quoted(members.map((candidate) => candidate.name)),
      );
    }
    return plan.outputShape;
  });
  const shape = mergeRegistry.of(merge).outputShape(merge, shapes);
  refuseWeights(name, merge, shapes);
  return { name, merge, shape };
}

function refuseWeights(output: string, merge: MergeConfig, shapes: readonly Shape[]): void {
  const weights = mergeRegistry.of(merge).weights?.(merge, shapes) ?? [];
  if (weights.length === 0) return;
  throw new EnsembleError(
    'INVALID_OPTION',
    `Expected output ${quoted([output])} to have a merge without weights of its own, because they can't be trained. ` +
      `Received: ${merge.merge}(), which has the weights ${quoted(weights.map((weight) => weight.name))}`,
  );
}

/** The inputs, in the order in which the members name them first. */
function planInputs(members: readonly MemberPlan[]): InputPlan[] {
  const inputs = new Map<string, { shape: Shape; member: string }>();
  for (const member of members) {
    for (const [i, input] of member.inputs.entries()) {
      const shape = member.inputShapes[i] ?? [];
      const first = inputs.get(input);
      if (first !== undefined && !sameShape(first.shape, shape)) {
        throw new EnsembleError(
          'SHAPE_MISMATCH',
          `Members ${quoted([first.member])} and ${quoted([member.name])} both take the input ${quoted([input])}, but with the shapes ` +
            `[${first.shape.join(', ')}] and [${shape.join(', ')}]. Give one of them an input of its own: { model, input: "..." }.`,
        );
      }
      if (first === undefined) inputs.set(input, { shape, member: member.name });
    }
  }
  return [...inputs].map(([name, { shape }]) => ({ name, shape }));
}

/**
 * Checks that names are unique, because members, inputs and outputs become layers of the assembled model. Only a direct output may have the
 * name of its member.
 */
function checkDistinctNames(
  inputs: readonly InputPlan[],
  members: readonly MemberPlan[],
  outputs: readonly OutputPlan[],
): void {
  const taken = new Map(members.map((member) => [member.name, 'a member']));
  const take = (name: string, role: string): void => {
    const other = taken.get(name);
    if (other !== undefined) {
      throw new EnsembleError(
        'INVALID_NAME',
        `Expected every member, input and output to have a name of its own. Received: ${quoted([name])} for ${other} and for ${role}`,
      );
    }
    taken.set(name, role);
  };
  for (const input of inputs) take(input.name, 'an input');
  for (const output of outputs) if (!isMemberItself(output)) take(output.name, 'an output');
}

/** Whether a direct output has its member's name. The member's model is then the output layer. */
export function isMemberItself({ name, merge }: OutputPlan): boolean {
  return mergeRegistry.of(merge).passesThrough === true && merge.members[0] === name;
}

/** The connected components of members and outputs, in the order of their first outputs. */
function planGroups(members: readonly MemberPlan[], outputs: readonly OutputPlan[]): GroupPlan[] {
  const groups: { members: Set<string>; outputs: OutputPlan[] }[] = [];
  for (const output of outputs) {
    const touched = groups.filter((group) => output.merge.members.some((member) => group.members.has(member)));
    const [first = { members: new Set<string>(), outputs: [] }, ...rest] = touched;
    if (touched.length === 0) groups.push(first);
    for (const other of rest) {
      for (const member of other.members) first.members.add(member);
      first.outputs.push(...other.outputs);
      groups.splice(groups.indexOf(other), 1);
    }
    for (const member of output.merge.members) first.members.add(member);
    first.outputs.push(output);
  }
  return groups.map((group) => {
    const own = members.filter((member) => group.members.has(member.name));
    return {
      members: own.map((member) => member.name),
      outputs: outputs.filter((output) => group.outputs.includes(output)).map((output) => output.name),
      inputs: [...new Set(own.flatMap((member) => member.inputs))],
    };
  });
}
