import { shuffledOrder } from '../random/order.js';
import type { BoundData } from '../plan/bind.js';
import type { Callback, Training } from '../callbacks/callback.js';
import type { Crew } from './crew.js';
import { aborted } from './failure.js';
import { HistoryCollector, type History } from '../callbacks/history.js';
import { validationScores, type Scores } from '../train/scores.js';
import { Session } from './session.js';
import type { PassRange, PassResult, SessionOptions } from './pass.js';

/** The data of a pass, and the range of samples of each group. */
export interface BoundSet {
  readonly inputs: BoundData;
  readonly targets: BoundData;
  readonly ranges: readonly PassRange[];
}

export interface FitRequest {
  readonly session: SessionOptions;
  readonly training: BoundSet;
  readonly validation: BoundSet | null;
  readonly callbacks: readonly Callback[];
  /** The methods that callbacks get, except `stop`. */
  readonly access: Omit<Training, 'stop'>;
  /** Copies the weights to the models. Called when all groups have ended an epoch or were stopped after a whole step. */
  readonly commit: () => void;
}

/** Trains for some epochs. Groups wait for each other at the end of an epoch, but not within it. */
export async function runFit(request: FitRequest, crew: Crew): Promise<History> {
  let work = runEpochs(request, crew);
  // Every callback is torn down, also if another one throws.
  for (const callback of request.callbacks) work = work.finally(() => teardown(callback));
  return work;
}

async function runEpochs(request: FitRequest, crew: Crew): Promise<History> {
  const started = performance.now();
  const { session: options, callbacks } = request;
  const { epochs, threads } = options.settings;
  const session = await Session.open(options, crew);
  try {
    const collected = new HistoryCollector();
    let last: Scores = {};
    const passes: PassResult[] = [];
    const stopping = new AbortController();
    const stop = (): void => {
      stopping.abort();
    };
    const training: Training = { ...request.access, stop };
    for (const callback of callbacks) await callback.onTrainBegin?.(epochs, training);
    for (let epoch = 0; epoch < epochs && !stopping.signal.aborted; epoch++) {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch);
      const trained = await trainEpoch(session, request, epoch).catch((error: unknown) => {
        if (session.intact) request.commit();
        throw error;
      });
      passes.push(trained);
      request.commit();
      last = { ...trained.scores, ...(await validate(session, request)) };
      collected.onEpochEnd(epoch, last);
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, last);
    }
    for (const callback of callbacks) await callback.onTrainEnd?.(last);
    const run = {
      engines: options.engines,
      builds: session.builds,
      threads,
      samples: request.training.ranges.map((range) => range.samples),
      ...timing(passes, request),
      wallMs: performance.now() - started,
    };
    return { epoch: collected.epoch, history: collected.history, run };
  } finally {
    await session.close();
  }
}

function teardown(callback: Callback): void | Promise<void> {
  return callback.onTeardown === undefined ? callback.onTrainStop?.() : callback.onTeardown();
}

async function trainEpoch(session: Session, request: FitRequest, epoch: number): Promise<PassResult> {
  const { training, callbacks } = request;
  const { epochs, shuffle, seed } = request.session.settings;
  if (request.session.signal?.aborted === true) throw aborted(request.session.signal);
  const ranges = shuffle ? shuffleRanges(training.ranges, seed, epoch) : training.ranges;
  return session.run({
    mode: 'train',
    inputs: training.inputs,
    targets: training.targets,
    ranges,
    onProgress: (progress) => {
      for (const callback of callbacks) callback.onProgress?.({ epoch, epochs, ...progress });
    },
  });
}

/** Groups with the same number of samples have the same order. */
function shuffleRanges(ranges: readonly PassRange[], seed: number, epoch: number): PassRange[] {
  const orders = new Map<number, Uint32Array>();
  return ranges.map((range) => {
    let order = orders.get(range.samples);
    if (order === undefined) {
      order = new Uint32Array(new SharedArrayBuffer(4 * range.samples));
      shuffledOrder(order, seed, epoch);
      orders.set(range.samples, order);
    }
    return { order, start: 0, samples: range.samples };
  });
}

async function validate(session: Session, { validation }: FitRequest): Promise<Scores> {
  if (validation === null) return {};
  return validationScores((await session.run({ mode: 'evaluate', ...validation })).scores);
}

function timing(
  passes: readonly PassResult[],
  { session: { settings }, training }: FitRequest,
): { msPerStep: number; syncShare: number } {
  const wallMs = passes.reduce((sum, pass) => sum + pass.wallMs, 0);
  const busyMs = passes.reduce((sum, pass) => sum + pass.busyMs, 0);
  const steps = Math.max(...training.ranges.map((range) => Math.ceil(range.samples / settings.batchSize)));
  return {
    msPerStep: wallMs / (steps * passes.length),
    syncShare: 1 - busyMs / (settings.threads * wallMs),
  };
}
