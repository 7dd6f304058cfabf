import { EnsembleError } from '../../errors.js';
import type { MemberPlan } from '../../protocol/plan.js';
import { compileProgram, type Program, type ProgramOptions } from './compile.js';
import type { Kernels } from './kernels.js';
import { NotCovered } from './network.js';

export { countShards } from './program.js';

/** Null where the engine `wasm` has kernels for all of a member's layers; else the reason, which names the layer. */
export function whyNotWasm(plan: MemberPlan): string | null {
  try {
    layOut(anyRun(plan));
    return null;
  } catch (error) {
    if (error instanceof NotCovered) return error.message;
    throw error;
  }
}

/** Multiply-adds of a sample's forward pass, for a member that the engine covers. */
export function multiplyAdds(plan: MemberPlan): number {
  return layOut(anyRun(plan)).multiplyAdds;
}

/** The layers are the same for each batch size and optimizer. */
function anyRun(plan: MemberPlan): ProgramOptions {
  const optimizer = { optimizer: 'sgd', learningRate: 1, momentum: 0, nesterov: false } as const;
  return { plan, batchSize: 1, optimizer, logits: true, base: 0 };
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
      `The engine "wasm" can't run member "${options.plan.name}": ${error.message}. Engine "tfjs" has every layer of TensorFlow.js.`,
    );
  }
}

/** Laying out a program needs neither kernels nor memory. */
function layOut(options: ProgramOptions): Program {
  return compileProgram(options, { kernels: {} as Kernels, seed: 0, iteration: 0 });
}
