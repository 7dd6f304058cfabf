import { engineCatalog } from '../engines/catalog.js';
import type { EnsemblePlan } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import type { Config } from '../config/config.js';
import type { RunData } from '../config/data.js';

/** The time and memory of a run, estimated from its plan. Finished runs correct the estimates ({@link Experience}). */
export interface Cost {
  /** Milliseconds on one thread. */
  readonly ms: number;
  /** Peak memory of its process. */
  readonly bytes: number;
}

/** Milliseconds for a process to start, test and write its files. */
const AROUND_MS = 2000;

/** A process that has loaded TensorFlow.js, without members. */
const PROCESS_BYTES = 180e6;
/** The thread of one member (`npm run bench:scale`). */
const MEMBER_BYTES = 15e6;
/** Six float32 numbers: weight, gradient, two optimizer slots, the weight in the caller's model and in the assembled model. */
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

/** Compares the estimates with the measured costs of finished runs. */
export class Experience {
  #estimatedMs = 0;
  #tookMs = 0;
  /** The largest amount by which a run exceeded its estimate; null before the first run has finished. */
  #moreBytes: number | null = null;

  /** @param took milliseconds on one thread, and peak bytes */
  learn(estimate: Cost, took: Cost): void {
    this.#estimatedMs += estimate.ms;
    this.#tookMs += took.ms;
    this.#moreBytes = Math.max(this.#moreBytes ?? -Infinity, took.bytes - estimate.bytes);
  }

  /** Multiplies the time by the average ratio so far, and adds the largest error in memory so far. */
  correct({ ms, bytes }: Cost): Cost {
    const factor = this.#estimatedMs === 0 ? 1 : this.#tookMs / this.#estimatedMs;
    return { ms: ms * factor, bytes: bytes + (this.#moreBytes ?? 0) };
  }
}
