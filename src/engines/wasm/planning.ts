import { EnsembleError } from '../../errors.js';
import type { MemberPlan } from '../../protocol/plan.js';
import { compileProgram, type Program, type ProgramOptions } from './compile.js';
import type { Kernels } from './kernels.js';
import { NotCovered } from './network.js';

export { countShards } from './program.js';

/** Whether the engine `wasm` has kernels for all of a member: null, or the reason why not, which names the layer. */
export function whyNotWasm(plan: MemberPlan): string | null {
  try {
    layOut(anyRun(plan));
    return null;
  } catch (error) {
    if (error instanceof NotCovered) return error.message;
    throw error;
  }
}

/** Multiplications and additions that a sample takes forward, of a member that the engine covers. */
export function multiplyAdds(plan: MemberPlan): number {
  return layOut(anyRun(plan)).multiplyAdds;
}

/** Neither the batch nor the optimizer makes a difference to what layers there are. */
function anyRun(plan: MemberPlan): ProgramOptions {
  const optimizer = { optimizer: 'sgd', learningRate: 1, momentum: 0, nesterov: false } as const;
  return { plan, batchSize: 1, optimizer, logits: true, base: 0 };
}

/**
 * First address behind a member's memory, which starts at `base`.
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

/** A program is laid out without kernels and without memory. */
function layOut(options: ProgramOptions): Program {
  return compileProgram(options, { kernels: {} as Kernels, update: null, seed: 0, iteration: 0, learningRate: 0 });
}
