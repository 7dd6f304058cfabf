import { rmdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Callback } from '../callbacks/callback.js';
import { HistoryCollector } from '../callbacks/history.js';
import { createCallbacks } from '../callbacks/registry.js';
import type { RunOptions } from '../coordinator/options.js';
import { runOptionsIn } from '../coordinator/settings.js';
import { prepared } from '../ensemble.js';
import { EnsembleError } from '../errors.js';
import { overrideConfig, readConfig, type Config, type Overrides } from '../config/config.js';
import { buildRun, type BuiltRun } from '../config/build.js';
import { evaluateRun } from './evaluate.js';
import { conclusion, introduction } from './messages.js';
import { StepTimer } from '../callbacks/stepTimer.js';
import { checkParity } from './parity.js';
import { resolveRun, type ResolvedRun } from '../config/resolve.js';
import { prepareFolder, writeRecord, writeRun } from './files.js';
import type { RunOutcome } from './record.js';

/** The configuration that is used if none is given. */
const DEFAULT_CONFIG = fileURLToPath(new URL('../../experiments/mean-and-direct.yaml', import.meta.url));

export interface TrainOptions extends Overrides, Omit<RunTrainOptions, 'started'> {
  readonly config?: string;
}

export interface RunTrainOptions {
  /** Start of the run, as given by `performance.now()`. @defaultValue now */
  readonly started?: number;
  readonly out?: string;
  readonly force?: boolean;
  /** Callbacks of the training. They are called after the callbacks of the configuration. */
  readonly callbacks?: readonly Callback[];
  readonly signal: AbortSignal;
}

/**
 * Trains a configuration and writes a run folder. The configuration and the data are checked before anything is written or trained.
 * @returns true if the run completed; false if it was interrupted (the weights so far are saved)
 */
export async function train(options: TrainOptions, print: (line: string) => void): Promise<boolean> {
  const started = performance.now();
  const config = overrideConfig(await readConfig(options.config ?? DEFAULT_CONFIG), options);
  return trainRun(config, await buildRun(config), { ...options, started }, print);
}

/**
 * Trains a run that has been built, and closes its ensembles. The weights are saved right after training, before a later step can fail.
 * @returns as {@link train}
 */
export async function trainRun(
  given: Config,
  built: BuiltRun,
  { started = performance.now(), ...options }: RunTrainOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { trained, assembled } = built;
  const resolved = resolveRun(given, built);
  const { fit } = resolved.config;
  const running = { ...runOptionsIn(fit), signal: options.signal };
  const folder = await prepareFolder(options.out, given.name, options.force ?? false);
  introduction(resolved.config, resolved.engines, built).forEach(print);
  try {
    const callbacks = createCallbacks([...built.callbacks, ...(options.callbacks ?? [])], { folder });
    const fitted = await fitRun(built, resolved.engines, { ...fit, ...running }, callbacks);
    const { ensemble } = assembled;
    const outcome: RunOutcome = { ensemble, started, ...resolved, ...fitted, evaluation: null, parity: null };
    await writeRun(folder, outcome);
    try {
      if (!outcome.interrupted) await finish(built, outcome, running);
    } finally {
      await writeRecord(folder, outcome);
      conclusion(folder, outcome).forEach(print);
    }
    return !outcome.interrupted;
  } catch (error) {
    await rmdir(folder).catch(() => undefined); // removes the folder only if it is empty
    throw error;
  } finally {
    await Promise.all([trained.ensemble.close(), assembled.ensemble.close()]);
  }
}

async function fitRun(
  { trained: { ensemble }, training }: BuiltRun,
  engines: ResolvedRun['engines'],
  settings: Config['fit'] & RunOptions,
  told: readonly Callback[],
): Promise<Pick<RunOutcome, 'history' | 'run' | 'msPerStep' | 'interrupted'>> {
  const collected = new HistoryCollector();
  const stepTimer = new StepTimer();
  try {
    const callbacks = [collected, stepTimer, ...told];
    const { run, ...history } = await prepared.fit(ensemble, training.bound, engines, { ...settings, callbacks });
    return { history, run, msPerStep: run.msPerStep, interrupted: false };
  } catch (error) {
    if (!isAbort(error)) throw error;
    const { epoch, history } = collected;
    return { history: { epoch, history }, run: null, msPerStep: stepTimer.msPerStep, interrupted: true };
  }
}

/** Tests the trained ensemble, and compares the assembled model with the workers. */
async function finish(
  { assembled, training, test }: BuiltRun,
  outcome: RunOutcome,
  running: RunOptions,
): Promise<void> {
  try {
    if (test !== null) outcome.evaluation = await evaluateRun(assembled, test, { ...running, batchSize: 256 });
    const { parity, error } = await checkParity(assembled.ensemble, training.inputs, running);
    outcome.parity = parity;
    if (error !== null) throw error;
  } catch (error) {
    if (!isAbort(error)) throw error;
    outcome.interrupted = true;
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof EnsembleError && error.code === 'ABORTED';
}
