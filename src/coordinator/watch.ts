import { EnsembleError } from '../errors.js';
import { stepsDone } from '../protocol/lockstep.js';
import type { ThreadGroup } from '../protocol/thread.js';
import { scores } from './history.js';
import type { PassRequest, SessionOptions } from './session.js';

/** How often progress is looked at, in milliseconds. */
const LOOK_MS = 100;

export interface Watch {
  /** Rejects with `STEP_TIMEOUT`, or with what `onProgress` threw; never resolves. */
  readonly failed: Promise<never>;
  end(): void;
}

/**
 * Looks at a pass from outside while threads are busy with it: tells its progress, hears the abort signal, and keeps the
 * step time-out. (Death of a thread needs no looking: it is an event.)
 * @param stop ends the pass
 */
export function watchPass(
  groups: readonly ThreadGroup[],
  { ranges, onProgress }: PassRequest,
  { signal, stepTimeout, batchSize }: SessionOptions,
  stop: () => void,
): Watch {
  const { promise: failed, fail } = failure();
  const totals = ranges.map(({ samples }) => Math.ceil(samples / batchSize));
  let last = { sum: -1, at: performance.now() };
  const look = (): void => {
    const done = groups.map(({ words }) => stepsDone(words));
    const sum = done.reduce((all, steps) => all + steps, 0);
    if (sum !== last.sum) {
      last = { sum, at: performance.now() };
      const samples = done.map((steps, g) => Math.min(steps * batchSize, ranges[g]?.samples ?? 0));
      onProgress?.({ step: Math.max(...done), steps: Math.max(...totals), scores: scores(groups, {}, samples) });
    } else if (stepTimeout !== null && performance.now() - last.at > stepTimeout) {
      const late = groups.filter((_group, g) => (done[g] ?? 0) < (totals[g] ?? 0)).flatMap(({ plan }) => plan.members);
      throw new EnsembleError('STEP_TIMEOUT', `No step was done for ${stepTimeout} ms. Members: ${late.join(', ')}.`);
    }
  };
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop);
  const timer = setInterval(() => {
    try {
      look();
    } catch (error) {
      clearInterval(timer);
      fail(error);
    }
  }, LOOK_MS);
  return {
    failed,
    end: () => {
      clearInterval(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}

/** A promise that can only be rejected, by whoever holds `fail`. */
function failure(): { promise: Promise<never>; fail: (reason: unknown) => void } {
  let fail: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => (fail = reject));
  promise.catch(() => undefined); // told to whoever awaits it, or to nobody
  return { promise, fail };
}
