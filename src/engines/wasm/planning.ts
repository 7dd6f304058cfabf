import { EnsembleError } from '../../errors.js';
import type { MemberPlan } from '../../protocol/plan.js';
import { compileProgram, type ProgramOptions } from './compile.js';
import type { Kernels } from './kernels.js';
import { NotCovered } from './network.js';

export { countShards } from './program.js';

/** Whether the engine `wasm` has kernels for all of a member: null, or the reason why not, which names the layer. */
export function whyNotWasm(plan: MemberPlan): string | null {
  try {
    end({ plan, batchSize: 1, optimizer: SOME_OPTIMIZER, logits: true, base: 0 });
    return null;
  } catch (error) {
    if (error instanceof NotCovered) return error.message;
    throw error;
  }
}

/** Which one makes no difference to what layers there are. */
const SOME_OPTIMIZER = { optimizer: 'sgd', learningRate: 1, momentum: 0, nesterov: false } as const;

/**
 * First address behind a member's memory, which starts at `base`.
 * @throws EnsembleError `ENGINE_UNAVAILABLE` where a layer has no kernels
 */
export function programEnd(options: ProgramOptions): number {
  try {
    return end(options);
  } catch (error) {
    if (!(error instanceof NotCovered)) throw error;
    throw new EnsembleError(
      'ENGINE_UNAVAILABLE',
      `The engine "wasm" can't run member "${options.plan.name}": ${error.message}. Engine "tfjs" has every layer of TensorFlow.js.`,
    );
  }
}

/** A program is laid out without kernels and without memory. */
function end(options: ProgramOptions): number {
  return compileProgram(options, { kernels: {} as Kernels, seed: 0, iteration: 0 }).end;
}
