import { z } from 'zod';
import type { Callback } from '../callbacks/callback.js';
import { engineChoices, type EngineOption } from '../engines/choose.js';
import type { Inputs, Targets } from '../plan/types.js';
import type { Named, SimdOption } from '../protocol/plan.js';
import { quoted } from '../text/names.js';

/** An option of `fit`. */
export interface FitOption {
  /** Type, check and default. The metadata (`OptionMeta`) has the unit, and the rule in words if the type does not show it. */
  readonly schema: z.ZodType;
  /** Set if `evaluate` and `predict` take the option too. */
  readonly everyCall?: true;
  /** Set if the value can't be sent to threads, because it is an object of the calling program. */
  readonly local?: true;
  /** Set if the option is a key of `fit` in a configuration. */
  readonly yaml?: true;
  /** Set if a flag of the command `train` overrides the configuration. */
  readonly flag?: Flag;
}

/** A flag of the command `train`. */
export interface Flag {
  /** The flag as the user types it: `--batch-size <n>`. Its name in camelCase is the option's name. */
  readonly usage: string;
  readonly help: string;
  /** The allowed values, if there is a fixed set. */
  readonly choices?: readonly string[];
}

const count = z.int().min(1);
const engineChoice = z.enum(engineChoices);
const SIMD_OPTIONS = ['auto', 'strict'] as const satisfies readonly SimdOption[];
const simd: z.ZodType<SimdOption, SimdOption> = z.enum(SIMD_OPTIONS);
const engine: z.ZodType<EngineOption, EngineOption> = z
  .union([engineChoice, z.record(z.string().min(1), engineChoice)])
  .meta({ rule: `one of ${quoted(engineChoices)}, or one of them by member` });

/**
 * All options of `fit`, in the order of a written configuration. Interfaces, checks, keys of a configuration, flags of the command and
 * docs/reference.md are derived from this record. The doc comment of an option is its description: editors show it, and docs/reference.md
 * quotes it.
 */
export const fitOptions = {
  /**
   * Samples in a batch. The last batch of an epoch has fewer samples if they do not divide evenly; it is still used.
   * @defaultValue 32, as in Keras
   */
  batchSize: {
    schema: count.default(32).meta({ unit: 'samples' }),
    everyCall: true,
    yaml: true,
    flag: { usage: '--batch-size <n>', help: 'instead of the configuration' },
  },
  /** Number of passes through the samples: an integer >= 1. @defaultValue 1 */
  epochs: {
    schema: count.default(1),
    yaml: true,
    flag: { usage: '--epochs <n>', help: 'instead of the configuration' },
  },
  /** Whether the samples are shuffled before each epoch. @defaultValue true */
  shuffle: { schema: z.boolean().default(true), yaml: true },
  /**
   * Fraction of each group's samples, taken from the end, that is used for validation and not for training: a number from 0 to below 1.
   * @defaultValue 0
   */
  validationSplit: { schema: z.number().min(0).lt(1).default(0), yaml: true },
  /** Inputs and targets for validation. `validationSplit` is then ignored. @defaultValue none */
  validationData: {
    schema: z
      .custom<readonly [Inputs<string>, Targets<string>]>(isPair)
      .meta({ rule: 'a list of two, [inputs, targets]' })
      .nullable()
      .default(null),
    local: true,
  },
  /**
   * Seed of the order of samples, dropout and other noise: an integer >= 0. In a configuration, also of the nets' initial weights.
   * @defaultValue 0
   */
  seed: {
    schema: z.int().min(0).default(0),
    yaml: true,
    flag: { usage: '--seed <n>', help: 'instead of the configuration' },
  },
  /**
   * The engine that computes the members: one name for all, or a name for each member, such as `{ cnn1: 'tensorflow' }`.
   * @defaultValue `'auto'`: for each member, the best engine that is installed
   */
  engine: {
    schema: engine.default('auto'),
    everyCall: true,
    yaml: true,
    flag: { usage: '--engine <name>', help: 'what computes', choices: engineChoices },
  },
  /** Kernels of the engine `wasm`. The kernels of `'strict'` give the same bits on every CPU. @defaultValue `'auto'`: the fastest */
  simd: {
    schema: simd.default('auto'),
    everyCall: true,
    yaml: true,
    flag: { usage: '--simd <kernels>', help: 'strict: the same bits on every CPU', choices: SIMD_OPTIONS },
  },
  /**
   * Number of worker threads. The results do not depend on it.
   * @defaultValue `'auto'`: with the engine `wasm`, whose threads share the members' work, one for each core; with other engines, one for
   * each member, up to four for each core
   */
  threads: {
    schema: z.union([z.literal('auto'), count]).default('auto'),
    everyCall: true,
    yaml: true,
    flag: {
      usage: '--threads <n>',
      help: 'worker threads (default: by cores and members); results are the same with any number',
    },
  },
  /**
   * Stops the call at the next step. The call then fails with the code `ABORTED`. A member that has not stopped after 10 s is ended by force.
   * @defaultValue none
   */
  signal: {
    schema: z.instanceof(AbortSignal).meta({ rule: 'an AbortSignal' }).nullable().default(null),
    everyCall: true,
    local: true,
  },
  /**
   * The call fails with the code `STEP_TIMEOUT` if no step is done in this time. Threads have 10 s more to start.
   * @defaultValue none
   */
  stepTimeout: { schema: count.nullable().default(null).meta({ unit: 'ms' }), everyCall: true },
  /**
   * Objects with hooks, or results of functions such as `callbacks.csvLogger()`. Their hooks are called in the order of the list.
   * @defaultValue none
   */
  callbacks: {
    schema: z
      .custom<readonly (Callback | Named<'callback'>)[]>(isListOfObjects)
      .meta({ rule: 'a list of objects with hooks' })
      .default([]),
    local: true,
  },
  /** 0: silent, 1: a progress bar, 2: one line for each epoch. @defaultValue 0 */
  verbose: { schema: z.literal([0, 1, 2]).default(0) },
} as const satisfies Readonly<Record<string, FitOption>>;

type All = typeof fitOptions;

type Mark = Exclude<keyof FitOption, 'schema'>;

/** The options that have a mark. */
type Marked<M extends Mark> = Pick<All, { [Name in keyof All]: M extends keyof All[Name] ? Name : never }[keyof All]>;

function marked<M extends Mark>(mark: M): Marked<M> {
  return Object.fromEntries(Object.entries(fitOptions).filter(([, option]) => mark in option)) as Marked<M>;
}

/** Options of every call that starts threads. */
export const runOptions = marked('everyCall');
/** Options that stay in the main thread. */
export const localOptions = marked('local');
/** Keys of `fit` in a configuration. */
export const yamlOptions = marked('yaml');
/** Options with a flag of the command. */
export const flagOptions = marked('flag');

/** The type of an option for users. A schema may also allow null, for programs without types; null means that the option is left out. */
type Given<Option extends FitOption> = Exclude<z.input<Option['schema']>, null | undefined>;

/**
 * Options of every call that starts threads.
 * @interface
 */
export type RunOptions = { readonly [Name in keyof typeof runOptions]?: Given<All[Name]> };

/**
 * Options of `fit`.
 * @interface
 */
export type FitOptions<Input extends string, Output extends string> = {
  readonly [Name in keyof All]?: Name extends 'validationData'
    ? readonly [Inputs<Input>, Targets<Output>]
    : Given<All[Name]>;
};

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2;
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
}
