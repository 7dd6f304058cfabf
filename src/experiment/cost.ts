import { engineCatalog } from '../engines/catalog.js';
import type { EnsemblePlan } from '../protocol/plan.js';
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

/** What a process takes to start, test and write its files. */
const AROUND_MS = 2000;

/** A process with TensorFlow.js in it and no member. */
const PROCESS_BYTES = 180e6;
/** A member's thread (`npm run bench:scale`). */
const MEMBER_BYTES = 15e6;
/** Weights, gradients, two slots of an optimizer, the caller's model, and the copy in the assembled one. */
const BYTES_PER_WEIGHT = 24;

export function estimateCost(
  { fit }: Config,
  plan: EnsemblePlan,
  engines: Readonly<Record<string, string>>,
  training: RunData,
  test: RunData | null,
): Cost {
  let ms = AROUND_MS;
  let bytes = PROCESS_BYTES;
  for (const [g, group] of plan.groups.entries()) {
    const samples = fit.epochs * (training.samples[g] ?? 0);
    for (const member of plan.members.filter(({ name }) => group.members.includes(name))) {
      ms += samples * engineCatalog.get(engines[member.name] ?? '').cost(member, fit.batchSize);
      bytes += MEMBER_BYTES + BYTES_PER_WEIGHT * sizeOfWeights(member.weights);
    }
  }
  const arrays = [training, test].flatMap((data) =>
    data === null ? [] : [...Object.values(data.inputs), ...Object.values(data.targets)],
  );
  for (const values of new Set(arrays.map((array) => array.values))) bytes += values.byteLength;
  return { ms, bytes };
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
