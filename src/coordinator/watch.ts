import { engineCatalog } from '../engines/catalog.js';
import { EnsembleError } from '../errors.js';
import { stepsDone } from '../protocol/lockstep.js';
import type { ThreadGroup } from '../protocol/thread.js';
import { aborted } from './failure.js';
import { scores } from '../train/scores.js';
import type { PassRequest, SessionOptions } from './pass.js';

/** Interval between two checks of the progress, in ms. */
const LOOK_MS = 100;

/** How long threads may take to leave their step after a stop, in ms. Then they are ended by force. */
export const STOP_GRACE_MS = 10_000;

/** How long threads may take to start and to load their engines, beyond the step time-out, in ms. */
const OPEN_MS = 10_000;

/** The watch of a pass. */
export interface PassWatch extends Watch {
  /** Reports the progress once more, because a short pass may end before the first report. */
  look(): void;
}

export interface Watch {
  /** Rejects with `STEP_TIMEOUT`, `ABORTED`, or the error of `onProgress`. Never resolves. */
  readonly failed: Promise<never>;
  end(): void;
}

/** Watches the abort signal and the time-out while threads start, because a thread can't be stopped then. */
export function watchOpening({ signal, engines, settings: { stepTimeout, threads } }: SessionOptions): Watch {
  const loadsAlone = engineCatalog.usedBy(engines).some((engine) => engine.loadsAlone);
  const openMs = OPEN_MS * (loadsAlone ? threads : 1);
  const { promise: failed, fail } = failure();
  const abort = (): void => {
    fail(aborted(signal, "Stopped by the call's `signal` before the first step."));
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort);
  const late = (): void => {
    const within = `${stepTimeout ?? 0} ms and ${openMs} ms more for the start`;
    fail(new EnsembleError('STEP_TIMEOUT', `Expected the threads to be ready within ${within}. Check \`setup\`.`));
  };
  const timer = stepTimeout === null ? undefined : setTimeout(late, stepTimeout + openMs);
  return {
    failed,
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

/**
 * Watches a pass while threads run it: reports its progress, and watches the abort signal and the step time-out. (The death of a thread is
 * an event, so it needs no watch.)
 * @param stop ends the pass
 */
export function watchPass(
  groups: readonly ThreadGroup[],
  { ranges, onProgress }: PassRequest,
  { signal, settings: { stepTimeout, batchSize } }: SessionOptions,
  stop: () => void,
): PassWatch {
  const { promise: failed, fail } = failure();
  const totals = ranges.map(({ samples }) => Math.ceil(samples / batchSize));
  /** Names of the members that have not done all steps. */
  const late = (): string =>
    groups
      .filter(({ words }, g) => stepsDone(words) < (totals[g] ?? 0))
      .flatMap(({ plan }) => plan.members)
      .join(', ');
  let last = { sum: -1, at: performance.now() };
  const look = (): void => {
    const done = groups.map(({ words }) => stepsDone(words));
    const sum = done.reduce((all, steps) => all + steps, 0);
    if (sum !== last.sum) {
      last = { sum, at: performance.now() };
      const samples = done.map((steps, g) => Math.min(steps * batchSize, ranges[g]?.samples ?? 0));
      onProgress?.({ step: Math.max(...done), steps: Math.max(...totals), scores: scores(groups, {}, samples) });
    } else if (stepTimeout !== null && grace === undefined && performance.now() - last.at > stepTimeout) {
      fail(new EnsembleError('STEP_TIMEOUT', `No step was done for ${stepTimeout} ms. Members: ${late()}.`));
    }
  };
  let grace: NodeJS.Timeout | undefined;
  const abort = (): void => {
    stop();
    const graceMs = Math.min(STOP_GRACE_MS, stepTimeout ?? Infinity);
    grace = setTimeout(() => {
      fail(aborted(signal, `Aborted; these members did not stop within ${graceMs} ms and were ended: ${late()}.`));
    }, graceMs);
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort);
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
    look,
    end: () => {
      clearInterval(timer);
      clearTimeout(grace);
      signal?.removeEventListener('abort', abort);
    },
  };
}

/** A promise that never resolves; `fail` rejects it. */
function failure(): { promise: Promise<never>; fail: (reason: unknown) => void } {
  let fail: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => (fail = reject));
  promise.catch(() => undefined); // if nothing awaits it, it is not an unhandled rejection
  return { promise, fail };
}
