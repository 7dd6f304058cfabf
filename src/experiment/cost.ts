import { multiplyAdds, whyNotWasm } from '../engines/wasm/planning.js';
import type { EngineName, EnsemblePlan, MemberPlan } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import type { Config } from '../config/config.js';
import type { RunData } from '../config/data.js';

/** What a run needs, estimated from its plan; good for comparing runs, and corrected by those that ended ({@link Experience}). */
export interface Cost {
  /** Milliseconds of one thread. */
  readonly ms: number;
  /** The most memory of its process. */
  readonly bytes: number;
}

/** Multiplications and additions in a millisecond of one core, with all that is around them (the reference ensemble on an AMD EPYC). */
const PER_MS = 2e7;
/** How many times longer TensorFlow.js takes on its WebAssembly backend (README). */
const TFJS_FACTOR = 8;
/** What a process takes to start, test and write its files. */
const AROUND_MS = 2000;
/** Forward, gradient of weights, gradient of inputs. */
const PASSES = 3;

/** A process with TensorFlow.js in it and no member. */
const PROCESS_BYTES = 180e6;
/** A member's thread (`npm run bench:scale`). */
const MEMBER_BYTES = 15e6;
/** Weights, gradients, two slots of an optimizer, the caller's model, and the copy in the assembled one. */
const BYTES_PER_WEIGHT = 24;

export function estimateCost(
  { fit }: Config,
  plan: EnsemblePlan,
  engines: Readonly<Record<string, EngineName>>,
  training: RunData,
  test: RunData | null,
): Cost {
  let ms = AROUND_MS;
  let bytes = PROCESS_BYTES;
  for (const [g, group] of plan.groups.entries()) {
    const samples = fit.epochs * (training.samples[g] ?? 0);
    for (const member of plan.members.filter(({ name }) => group.members.includes(name))) {
      const weights = sizeOfWeights(member.weights);
      const factor = engines[member.name] === 'tfjs' ? TFJS_FACTOR : 1;
      // An update goes through all weights once a batch.
      const work = PASSES * forward(member, weights) * samples + (10 * weights * samples) / fit.batchSize;
      ms += (factor * work) / PER_MS;
      bytes += MEMBER_BYTES + BYTES_PER_WEIGHT * weights;
    }
  }
  const arrays = [training, test].flatMap((data) =>
    data === null ? [] : [...Object.values(data.inputs), ...Object.values(data.targets)],
  );
  for (const values of new Set(arrays.map((array) => array.values))) bytes += values.byteLength;
  return { ms, bytes };
}

/** Multiplications and additions of a sample; of a network that our kernels don't know, one for each weight. */
function forward(member: MemberPlan, weights: number): number {
  return whyNotWasm(member) === null ? multiplyAdds(member) : weights;
}

/** How what runs took compares with what was estimated for them. */
export class Experience {
  #estimatedMs = 0;
  #tookMs = 0;
  /** By how much the worst estimate of memory was too low. */
  #moreBytes: number | null = null;

  /** @param took milliseconds of a thread, and the most bytes */
  learn(estimate: Cost, took: Cost): void {
    this.#estimatedMs += estimate.ms;
    this.#tookMs += took.ms;
    this.#moreBytes = Math.max(this.#moreBytes ?? -Infinity, took.bytes - estimate.bytes);
  }

  /** Times in the proportion that they had on average so far; memory with what was missing in the worst case so far. */
  correct({ ms, bytes }: Cost): Cost {
    const factor = this.#estimatedMs === 0 ? 1 : this.#tookMs / this.#estimatedMs;
    return { ms: ms * factor, bytes: bytes + (this.#moreBytes ?? 0) };
  }
}
