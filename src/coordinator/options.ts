import type { Named, SimdOption } from '../protocol/plan.js';
import { checkCount, checkKeys, expectOption } from '../text/options.js';
import type { Inputs, Targets } from '../plan/types.js';
import type { Callback } from '../callbacks/callback.js';
import type { EngineOption } from '../engines/choose.js';

/** Options of every call that starts threads. */
export interface RunOptions {
  /**
   * Samples in a batch; the last one of an epoch may have fewer and counts all the same.
   * @defaultValue 32, as in Keras
   */
  readonly batchSize?: number;
  /** What computes the members. @defaultValue `'auto'` */
  readonly engine?: EngineOption;
  /**
   * Worker threads; the results are the same with any number.
   * @defaultValue `'auto'`: one for each core on the engine `wasm`, on which threads share members' work; else one for each member, up to
   * four for each core
   */
  readonly threads?: number | 'auto';
  /** Kernels of the engine `wasm`; `'strict'`: those that give the same bits on every CPU. @defaultValue `'auto'`: the fastest */
  readonly simd?: SimdOption;
  /** Stops at the next step, by force where a member is not there after 10 s; the call then fails with the code `ABORTED`. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds without any step after which the call fails with the code `STEP_TIMEOUT`; threads have 10 s more to start.
   * @defaultValue none
   */
  readonly stepTimeout?: number;
}

/** Options of `fit`. */
export interface FitOptions<Input extends string, Output extends string> extends RunOptions {
  /** Times through the samples: an integer >= 1. @defaultValue 1 */
  readonly epochs?: number;
  /** Whether each epoch goes through the samples in an order of its own. @defaultValue true */
  readonly shuffle?: boolean;
  /** Last part of each group's samples that is kept for validation, from 0 to below 1. @defaultValue 0 */
  readonly validationSplit?: number;
  /** Inputs and targets for validation; takes precedence over `validationSplit`. */
  readonly validationData?: readonly [Inputs<Input>, Targets<Output>];
  /** Decides the order of samples, dropout and other noise: an integer >= 0. @defaultValue 0 */
  readonly seed?: number;
  /** Told of what happens, in this order: objects with hooks, or what functions such as `callbacks.csvLogger()` return. @defaultValue none */
  readonly callbacks?: readonly (Callback | Named<'callback'>)[];
  /** 0: silent, 1: a progress bar, 2: a line each epoch. @defaultValue 0 */
  readonly verbose?: 0 | 1 | 2;
}

const RUN_KEYS = {
  batchSize: true,
  engine: true,
  threads: true,
  simd: true,
  signal: true,
  stepTimeout: true,
} satisfies Record<keyof RunOptions, true>;

const FIT_KEYS = {
  ...RUN_KEYS,
  epochs: true,
  shuffle: true,
  validationSplit: true,
  validationData: true,
  seed: true,
  callbacks: true,
  verbose: true,
} satisfies Record<keyof FitOptions<string, string>, true>;

/**
 * The options of a call, checked, with their defaults.
 * @throws EnsembleError `INVALID_OPTION`
 */
export function resolveRunOptions(call: string, options: RunOptions, keys: Readonly<Record<string, true>> = RUN_KEYS) {
  checkKeys(`the options of \`${call}\``, options, keys);
  const {
    batchSize = 32,
    engine = 'auto',
    threads = 'auto',
    simd = 'auto',
    signal = null,
    stepTimeout = null,
  } = options;
  checkCount('batchSize', batchSize);
  if (stepTimeout !== null) checkCount('stepTimeout', stepTimeout);
  expectOption('simd', simd, '"auto" or "strict"', ['auto', 'strict'].includes(simd));
  expectOption('signal', signal, 'an AbortSignal', signal === null || signal instanceof AbortSignal);
  return { batchSize, engine, threads, simd, signal, stepTimeout } as const;
}

export type RunSettings = ReturnType<typeof resolveRunOptions>;

/** As {@link resolveRunOptions}, for `fit`. */
export function resolveFitOptions<Input extends string, Output extends string>(options: FitOptions<Input, Output>) {
  const run = resolveRunOptions('fit', options, FIT_KEYS);
  const {
    epochs = 1,
    shuffle = true,
    validationSplit = 0,
    validationData = null,
    seed = 0,
    callbacks = [],
    verbose = 0,
  } = options;
  checkCount('epochs', epochs);
  checkCount('seed', seed, 0);
  expectOption('shuffle', shuffle, 'true or false', typeof shuffle === 'boolean');
  expectOption('verbose', verbose, '0, 1 or 2', [0, 1, 2].includes(verbose));
  expectOption(
    'callbacks',
    callbacks,
    'a list of objects with hooks',
    Array.isArray(callbacks) && callbacks.every((callback) => typeof callback === 'object' && callback !== null),
  );
  expectOption(
    'validationData',
    validationData,
    'a list of two, [inputs, targets]',
    validationData === null || isPair(validationData),
  );
  expectOption(
    'validationSplit',
    validationSplit,
    'a number >= 0 and < 1',
    typeof validationSplit === 'number' && validationSplit >= 0 && validationSplit < 1,
  );
  return { ...run, epochs, shuffle, validationSplit, validationData, seed, callbacks, verbose } as const;
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2;
}
