import { EnsembleError } from '../../errors.js';
import type { MemberPlan } from '../../protocol/plan.js';
import { sgd } from '../../train/optimizers/index.js';
import { compileProgram, type Program, type ProgramOptions } from './compile.js';
import type { Kernels } from './kernels.js';
import { NotCovered } from './network.js';

export { countShards } from './program.js';

/** Null where the engine `wasm` has kernels for all of a member's layers; else the reason, which names the layer. */
export function whyNotWasm(plan: MemberPlan): string | null {
  return coverageOf(plan).whyNot;
}

/** Multiply-adds of a sample's forward pass; null for a member that the engine does not cover. */
export function multiplyAdds(plan: MemberPlan): number | null {
  return coverageOf(plan).multiplyAdds;
}

interface Coverage {
  readonly whyNot: string | null;
  readonly multiplyAdds: number | null;
}

/** Members that were asked about: each is compiled once to find out. */
const coverages = new WeakMap<MemberPlan, Coverage>();

function coverageOf(plan: MemberPlan): Coverage {
  const known = coverages.get(plan);
  if (known !== undefined) return known;
  const coverage = findCoverage(plan);
  coverages.set(plan, coverage);
  return coverage;
}

function findCoverage(plan: MemberPlan): Coverage {
  try {
    return { whyNot: null, multiplyAdds: layOut(anyRun(plan)).multiplyAdds };
  } catch (error) {
    if (error instanceof NotCovered) return { whyNot: error.message, multiplyAdds: null };
    throw error;
  }
}

/** The layers are the same for each batch size and optimizer. */
function anyRun(plan: MemberPlan): ProgramOptions {
  return { plan, batchSize: 1, optimizer: sgd(), logits: true, base: 0 };
}

/**
 * Bytes from the memory's start to the end of a member's part, which starts at `base`.
 * @throws EnsembleError `ENGINE_UNAVAILABLE` where a layer has no kernels
 */
export function programEnd(options: ProgramOptions): number {
  try {
    return layOut(options).end;
  } catch (error) {
    if (!(error instanceof NotCovered)) throw error;
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      `The engine "wasm" can't run member "${options.plan.name}": ${error.message}.`,
    );
  }
}

/** Laying out a program needs neither kernels nor memory. */
function layOut(options: ProgramOptions): Program {
  return compileProgram(options, { kernels: {} as Kernels, update: null, seed: 0, iteration: 0, learningRate: 0 });
}
