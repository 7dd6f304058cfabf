import { EnsembleError } from '../errors.js';
import { allocateLockstep } from '../protocol/lockstep.js';
import type { EnsemblePlan, GroupPlan, MemberPlan } from '../protocol/plan.js';
import { sizeOf } from '../protocol/shape.js';
import type { MemberSlots, ThreadGroup, ThreadOutput, ThreadSettings } from '../protocol/thread.js';
import type { Compiled } from '../plan/compile.js';
import { gradientPath } from '../train/exchange.js';
import { sumsLayout } from '../train/sums.js';

/** The settings that a group's memory depends on. */
export interface GroupSetting {
  readonly plan: EnsemblePlan;
  readonly compiled: Compiled | null;
  readonly settings: Pick<ThreadSettings, 'batchSize'>;
  /** Whether the session trains: optimizers and gradients need memory. */
  readonly trains: boolean;
}

/**
 * Allocates a group's memory and describes the group for its threads.
 * @param assigned names of the members of each thread
 * @throws EnsembleError `OUT_OF_MEMORY`
 */
export function shareGroup(
  group: GroupPlan,
  { plan, compiled, settings: { batchSize } }: GroupSetting,
  assigned: readonly string[][],
): ThreadGroup {
  const members = plan.members.filter((member) => group.members.includes(member.name));
  const outputs = plan.outputs
    .filter((output) => group.outputs.includes(output.name))
    .map((output): ThreadOutput => {
      const objective = compiled?.objectives[output.name] ?? null;
      const gradientThrough = objective === null ? null : gradientPath(output, members, objective.loss);
      return { plan: output, objective, gradientThrough };
    });
  return {
    plan: group,
    members,
    outputs,
    slots: members.map((member) => shareSlots(member, outputs, batchSize)),
    parties: assigned.filter((names) => names.some((name) => group.members.includes(name))).length,
    words: allocateLockstep(),
    sums: new Float64Array(new SharedArrayBuffer(8 * sumsLayout(outputs).length)),
  };
}

/** Allocates a member's slots: its output, and the logits and gradients that the losses of its outputs need. */
function shareSlots(member: MemberPlan, outputs: readonly ThreadOutput[], batchSize: number): MemberSlots {
  const size = batchSize * sizeOf(member.outputShape);
  const allocate = (): Float32Array => {
    try {
      return new Float32Array(new SharedArrayBuffer(4 * size));
    } catch (cause) {
      throw new EnsembleError(
        'OUT_OF_MEMORY',
        `Expected \`batchSize\` to be small enough for the outputs of member "${member.name}" to fit into memory. ` +
          `Received: ${batchSize} rows of ${sizeOf(member.outputShape)} numbers`,
        { cause },
      );
    }
  };
  const own = outputs.filter(({ plan }) => plan.merge.members.includes(member.name));
  const throughLogits = own.some(({ gradientThrough }) => gradientThrough !== null);
  const throughOutput = own.some(({ gradientThrough }) => gradientThrough === null);
  return {
    output: allocate(),
    outputGradient: throughOutput ? allocate() : null,
    logits: throughLogits ? allocate() : null,
    logitsGradient: throughLogits ? allocate() : null,
  };
}
