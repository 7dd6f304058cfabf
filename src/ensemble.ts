import * as tf from '@tensorflow/tfjs';
import { AsyncLocalStorage } from 'node:async_hooks';
import { pathToFileURL } from 'node:url';
import { assembleModel } from './assemble/assemble.js';
import { readEnsemble, writeEnsemble } from './assemble/saved.js';
import { initializeModel } from './model/initialize.js';
import type { MemberWeight, Training } from './callbacks/callback.js';
import { verboseCallback } from './callbacks/progress.js';
import { createCallbacks } from './callbacks/registry.js';
import type { EngineName } from './engines/catalog.js';
import { chooseEngines } from './engines/choose.js';
import { runFit, type BoundSet } from './coordinator/fit.js';
import type { History } from './callbacks/history.js';
import type { Scores } from './train/scores.js';
import type { FitOptions, RunOptions } from './coordinator/options.js';
import { resolveFitOptions, resolveRunOptions, settingsOf, type ResolvedFitOptions } from './coordinator/settings.js';
import { ThreadPool } from './coordinator/pool.js';
import { Session } from './coordinator/session.js';
import type { PassRange, SessionOptions } from './coordinator/pass.js';
import { MemberStore } from './coordinator/state.js';
import { countThreads } from './coordinator/threads.js';
import { EnsembleError, show, type EnsembleErrorCode } from './errors.js';
import type { EnsemblePlan } from './protocol/plan.js';
import { sizeOf } from './protocol/shape.js';
import { bindInputs, bindTargets, countSamples, type BoundData } from './plan/bind.js';
import { compileEnsemble, type Compiled } from './plan/compile.js';
import { didYouMean, quoted } from './text/names.js';
import { checkCount, checkKeys, expectOption } from './text/options.js';
import { planEnsemble } from './plan/plan.js';
import type {
  CompileOptions,
  EnsembleSpec,
  InputName,
  Inputs,
  MemberSpecs,
  OutputSpecs,
  Targets,
} from './plan/types.js';

const SPEC_KEYS = { members: true, outputs: true, setup: true } satisfies Record<
  keyof EnsembleSpec<MemberSpecs, OutputSpecs<string>>,
  true
>;

/** Used by `src/config` and `src/run`. It is not part of the package's interface. */
export let prepared: Prepared;

/**
 * Several neural networks, the members, that are trained together in parallel worker threads and can be assembled into one model.
 *
 * The loss is Σ_o lossWeight_o · loss_o(merge_o(y_1 … y_k), t_o) + regularisation. The trained weights are those that the whole
 * functional model would get, up to the rounding of floats.
 *
 * @example
 * ```ts
 * await using ensemble = new Ensemble({
 *   members: { cnn1: { model: cnn() }, cnn2: { model: cnn() } },
 *   outputs: { combined: mean(['cnn1', 'cnn2']) },
 * });
 * ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
 * await ensemble.fit(x, y, { epochs: 10 });
 * const model = ensemble.toModel();
 * ```
 */
export class Ensemble<
  const Members extends MemberSpecs = MemberSpecs,
  const Outputs extends OutputSpecs<keyof Members & string> = OutputSpecs<keyof Members & string>,
> {
  static {
    prepared = {
      compiled: (ensemble) => ensemble.#needCompiled('fit'),
      bind: (ensemble, x, y) => ensemble.#bind(ensemble.#needCompiled('fit'), x, y),
      fit: (ensemble, data, engines, options) =>
        ensemble.#fit(ensemble.#needCompiled('fit'), resolveFitOptions(options), () => data, engines),
      evaluate: (ensemble, data, options) =>
        ensemble.#evaluate(ensemble.#needCompiled('evaluate'), resolveRunOptions('evaluate', options), () => data),
      predict: (ensemble, data, options) => ensemble.#predict(resolveRunOptions('predict', options), () => data.inputs),
    };
  }

  readonly #spec: EnsembleSpec<Members, Outputs>;
  readonly #models: ReadonlyMap<string, tf.LayersModel>;
  #planned: Planned;
  readonly #pool = new ThreadPool();
  #compiled: Compiled | null = null;
  #store: MemberStore | null = null;
  #running: Promise<unknown> | null = null;
  /** Set in all code that runs inside a call, also in callbacks. */
  readonly #inside = new AsyncLocalStorage<true>();
  /** Aborted by `close`. */
  readonly #closing = new AbortController();

  /**
   * Checks all that can be checked without data. Starts no thread.
   * @throws EnsembleError naming the member, input or output that is wrong
   */
  constructor(spec: EnsembleSpec<Members, Outputs>) {
    checkKeys('the argument of `new Ensemble`', spec, SPEC_KEYS);
    const { setup } = spec;
    expectOption(
      'setup',
      setup,
      'a URL or a path',
      setup === undefined || setup instanceof URL || typeof setup === 'string',
    );
    // Copies, so that `compile` uses the records that were checked here, even if the caller changes its own.
    this.#spec = { ...spec, members: { ...spec.members }, outputs: { ...spec.outputs } };
    this.#planned = planned(this.#spec);
    const { members, unconnected } = this.plan;
    this.#models = new Map(members.map(({ name }) => [name, modelOf(this.#spec, name)]));
    if (unconnected.length > 0) {
      process.emitWarning(
        `No output uses ${quoted(unconnected)}: not trained, and not in the assembled model.`,
        'EnsembleWarning',
        'UNCONNECTED_MEMBER',
      );
    }
  }

  /** The plan of members and outputs, made by the constructor or by the last {@link compile}. */
  get plan(): EnsemblePlan {
    return this.#planned.plan;
  }

  /**
   * Sets losses, metrics and optimizers. Optimizers start afresh. As in Keras, changes of the members' models take effect here, such as
   * frozen or added layers.
   * @throws EnsembleError `INVALID_OPTION`, `UNKNOWN_OUTPUT`, and the errors of the constructor for changed models
   */
  compile(options: CompileOptions<keyof Outputs & string>): void {
    const now = planned(this.#spec);
    this.#compiled = compileEnsemble(now.plan, this.#spec.members, options);
    this.#planned = now;
    this.#store = this.#createStore(this.#compiled);
  }

  /**
   * Initializes all members' weights again, with their own initializers. Optimizers start afresh.
   * @param seed an integer >= 0. An initializer with a seed of its own keeps it
   * @throws EnsembleError `INVALID_OPTION`
   */
  initialize(seed: number): void {
    checkCount('seed', seed, 0);
    for (const [name, model] of this.#models) initializeModel(model, name, seed);
    if (this.#compiled !== null) this.#store = this.#createStore(this.#compiled);
  }

  /**
   * Trains the members. Checks options and data before a thread starts. The member models get the new weights at the end of each epoch.
   * @param x a value for each input: a tensor, a typed array with a shape, or the `x` of a data set
   * @param y a value for each output: the same types
   * @returns losses and metrics of each epoch, and how the training ran
   * @throws EnsembleError Before training: errors of options and data, and `OUT_OF_MEMORY`, `ENGINE_UNAVAILABLE` or `SETUP_MODULE` if
   *   the threads can't start. In training: `MEMBER_FAILED`, `THREAD_DIED`, `LOSS_NOT_FINITE` or `STEP_TIMEOUT`; the models then have the
   *   weights of the last whole epoch. After an abort: `ABORTED`; the models then have the weights of the last step, or those of the last
   *   whole epoch if a member did not stop in time.
   */
  async fit(
    x: Inputs<InputName<Members>>,
    y: Targets<keyof Outputs & string>,
    options: FitOptions<InputName<Members>, keyof Outputs & string> = {},
  ): Promise<History> {
    const compiled = this.#needCompiled('fit');
    return this.#fit(compiled, resolveFitOptions(options), () => this.#bind(compiled, x, y));
  }

  /** @param engines the engines that were chosen before; null to choose them here */
  async #fit(
    compiled: Compiled,
    options: ResolvedFitOptions,
    bind: () => BoundSet,
    engines: ChosenEngines | null = null,
  ): Promise<History> {
    const store = this.#needStore();
    const { validationSplit, validationData, callbacks, verbose } = options;
    const whole = bind();
    const { training, validation } =
      validationData === null
        ? split(whole, validationSplit)
        : { training: whole, validation: this.#bind(compiled, ...validationData) };
    const ranges = [...training.ranges, ...(validation?.ranges ?? [])];
    const session = this.#sessionOptions(options, store, compiled, ranges, engines, true);
    return this.#exclusively(async () => {
      store.read();
      try {
        return await runFit(
          {
            session,
            training,
            validation,
            callbacks: [...createCallbacks(callbacks), ...verboseCallback(verbose)],
            access: this.#access(store),
            commit: () => {
              store.commit();
            },
          },
          this.#pool,
        );
      } catch (error) {
        store.rollback();
        throw error;
      }
    });
  }

  /**
   * Computes losses and metrics on other data, in the threads. The models do not change.
   * @returns the scores by Keras's names
   * @throws EnsembleError Before a thread starts: errors of options and data. Then `OUT_OF_MEMORY`, `ENGINE_UNAVAILABLE`,
   *   `SETUP_MODULE`, `MEMBER_FAILED`, `THREAD_DIED`, `LOSS_NOT_FINITE`, `STEP_TIMEOUT` or `ABORTED`.
   */
  async evaluate(
    x: Inputs<InputName<Members>>,
    y: Targets<keyof Outputs & string>,
    options: RunOptions = {},
  ): Promise<Scores> {
    const compiled = this.#needCompiled('evaluate');
    return this.#evaluate(compiled, resolveRunOptions('evaluate', options), () => this.#bind(compiled, x, y));
  }

  async #evaluate(compiled: Compiled, options: ResolvedFitOptions, bind: () => BoundSet): Promise<Scores> {
    const data = bind();
    const store = this.#createStore(null);
    const session = this.#sessionOptions(options, store, compiled, data.ranges);
    return this.#exclusively(async () => {
      store.read();
      await using open = await Session.open(session, this.#pool);
      return (await open.run({ mode: 'evaluate', ...data })).scores;
    });
  }

  /**
   * Computes the outputs for some inputs, in the threads.
   * @returns a tensor for each output, `[samples, ...shape]`. The caller must dispose of them
   * @throws EnsembleError the errors of {@link evaluate}, except `LOSS_NOT_FINITE`
   */
  async predict(
    x: Inputs<InputName<Members>>,
    options: RunOptions = {},
  ): Promise<Record<keyof Outputs & string, tf.Tensor>> {
    return this.#predict(resolveRunOptions('predict', options), () => bindInputs(this.plan, x));
  }

  async #predict(
    options: ResolvedFitOptions,
    bind: () => BoundData,
  ): Promise<Record<keyof Outputs & string, tf.Tensor>> {
    const inputs = bind();
    const ranges = countSamples(this.plan, inputs, {}).map((samples) => ({ order: null, start: 0, samples }));
    const store = this.#createStore(null);
    const session = this.#sessionOptions(options, store, null, ranges);
    const outputs = this.plan.outputs.map((output) => {
      const samples = ranges[this.plan.groups.findIndex((group) => group.outputs.includes(output.name))]?.samples ?? 0;
      return { output, samples, values: new Float32Array(new SharedArrayBuffer(4 * samples * sizeOf(output.shape))) };
    });
    return this.#exclusively(async () => {
      store.read();
      await using open = await Session.open(session, this.#pool);
      const results = Object.fromEntries(outputs.map(({ output, values }) => [output.name, values]));
      await open.run({ mode: 'predict', inputs, targets: {}, ranges, results });
      const tensors = outputs.map(({ output, samples, values }) => [
        output.name,
        tf.tensor(values.slice(), [samples, ...output.shape]),
      ]);
      return Object.fromEntries(tensors) as Record<keyof Outputs & string, tf.Tensor>;
    });
  }

  /**
   * Creates another ensemble of the same members with other outputs. Members that were trained separately, each with an output of its own,
   * can be combined so: `ensemble.withOutputs({ combined: mean(['cnn1', 'cnn2']) })`. Both ensembles use the same models, so they have the same
   * weights. The new ensemble must be compiled and closed separately.
   * @throws EnsembleError the errors of the constructor
   */
  withOutputs<const Others extends OutputSpecs<keyof Members & string>>(outputs: Others): Ensemble<Members, Others> {
    return new Ensemble<Members, Others>({ ...this.#spec, outputs });
  }

  /**
   * Assembles the whole ensemble into one functional model with the current weights. The model is an independent copy. Members are nested
   * under their names (`model.getLayer('cnn1')`), and merges are standard layers. If two members have layers of one name, the member's name
   * and the path are put before it (`cnn1/dense`), because saved weights are found by the names of layers.
   */
  toModel(): tf.LayersModel {
    return assembleModel(this.plan, this.#models);
  }

  /**
   * Prints a summary of the whole model, as Keras does.
   * @param lineLength characters in a line. @defaultValue tfjs's default
   * @param printFn receives the lines. @defaultValue `console.log`
   */
  summary(lineLength?: number, printFn: (line: string) => void = console.log): void {
    const model = this.toModel();
    model.summary(lineLength, undefined, printFn);
    model.dispose();
  }

  /**
   * Saves `model/` (in tfjs's format) and `ensemble.json` in a folder. Creates the folder if it does not exist. The state of the optimizers
   * is not saved: the optimizers of a loaded ensemble start afresh.
   * @throws EnsembleError `OUTPUT_FOLDER` if the folder can't be written
   */
  async save(folder: string): Promise<void> {
    const model = this.toModel();
    try {
      await writeEnsemble(folder, model, this.plan, this.#spec.members, this.#compiled);
    } catch (error) {
      throw rephrased(error, 'OUTPUT_FOLDER', `The ensemble can't be saved in ${folder}`);
    } finally {
      model.dispose();
    }
  }

  /**
   * Loads an ensemble that {@link save} wrote. Members that no output uses were not saved.
   * @throws EnsembleError `LOAD`
   */
  static async load(folder: string, options: { readonly setup?: URL | string } = {}): Promise<Ensemble> {
    const { members, outputs, compile } = await readEnsemble(folder);
    try {
      const ensemble = new Ensemble<MemberSpecs, OutputSpecs<string>>({ members, outputs, ...options });
      if (compile !== null) ensemble.compile(compile);
      return ensemble;
    } catch (error) {
      throw rephrased(error, 'LOAD', `The files in ${folder} don't make an ensemble`);
    }
  }

  /**
   * Ends the threads. A running call is stopped at its next step and fails with the code `ABORTED`. `close` waits for that call. If a
   * callback of the call itself calls `close`, it does not wait, and the threads end with the call.
   */
  async close(): Promise<void> {
    this.#closing.abort(new EnsembleError('CLOSED', 'The ensemble was closed while this call was running.'));
    if (this.#running !== null && this.#inside.getStore() === true) return;
    await this.#running?.catch(() => undefined);
    await this.#pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #createStore(compiled: Compiled | null): MemberStore {
    return new MemberStore(this.plan.members, this.#planned.weights, compiled?.optimizers ?? null);
  }

  /** @param ranges the ranges of all passes */
  #sessionOptions(
    options: ResolvedFitOptions,
    store: MemberStore,
    compiled: Compiled | null,
    ranges: readonly PassRange[],
    chosen: ChosenEngines | null = null,
    trains = false,
  ): SessionOptions {
    const closing = this.#closing.signal;
    const { signal } = options;
    const settings = settingsOf(options);
    const { setup } = this.#spec;
    const engines = chosen ?? chooseEngines(this.plan, settings.engine);
    // No memory for rows that no batch has.
    const rows = Math.min(settings.batchSize, Math.max(...ranges.map(({ samples }) => samples)));
    return {
      plan: this.plan,
      compiled,
      trains,
      states: store.states,
      engines,
      settings: { ...settings, batchSize: rows, threads: countThreads(settings.threads, engines, rows) },
      setup: setup === undefined ? null : moduleUrl(setup),
      signal: signal === null ? closing : AbortSignal.any([signal, closing]),
    };
  }

  #bind(compiled: Compiled, x: Inputs<string>, y: Targets<string>): BoundSet {
    const inputs = bindInputs(this.plan, x);
    const targets = bindTargets(this.plan, compiled.objectives, y);
    const ranges = countSamples(this.plan, inputs, targets).map((samples) => ({ order: null, start: 0, samples }));
    return { inputs, targets, ranges };
  }

  /** The methods that callbacks get, except `stop`. */
  #access(store: MemberStore): Omit<Training, 'stop'> {
    return {
      save: (folder) => this.save(folder),
      weights: (member) => this.#weightsOf(member),
      learningRate: (member) => store.learningRate(this.#known(member)),
      setLearningRate: (rate, member) => {
        const members = member === undefined ? this.plan.members.map(({ name }) => name) : [this.#known(member)];
        for (const name of members) store.setLearningRate(name, rate);
      },
    };
  }

  #weightsOf(member: string): MemberWeight[] {
    const weights = this.#planned.weights.get(this.#known(member)) ?? [];
    return weights.map((weight) => ({
      name: weight.originalName,
      shape: weight.shape.map((size) => size ?? 0),
      values: Float32Array.from(weight.read().dataSync()),
    }));
  }

  /** @throws EnsembleError `UNKNOWN_MEMBER` if no trained member has this name */
  #known(member: string): string {
    if (!this.#planned.weights.has(member)) {
      const names = [...this.#planned.weights.keys()];
      throw new EnsembleError(
        'UNKNOWN_MEMBER',
        `Expected a member that is trained, one of ${quoted(names)}. Received: ${show(member)}${didYouMean(member, names)}`,
      );
    }
    return member;
  }

  #needCompiled(what: string): Compiled {
    if (this.#compiled !== null) return this.#compiled;
    throw new EnsembleError('NOT_COMPILED', `Call \`compile\` before \`${what}\`.`);
  }

  #needStore(): MemberStore {
    if (this.#store === null) throw new EnsembleError('NOT_COMPILED', 'Call `compile` first.');
    return this.#store;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Runs one call at a time, because calls share threads and weights. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted)
      throw new EnsembleError('CLOSED', 'This ensemble is closed. Its models can still be used.');
    if (this.#running !== null) {
      throw new EnsembleError('BUSY', 'Another fit, evaluate or predict of this ensemble is running. Await it first.');
    }
    const running = this.#inside.run(true, async () => {
      try {
        return await work();
      } finally {
        if (this.#closed) await this.#pool.close();
      }
    });
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = null;
    }
  }
}

/** The engine of each member. */
type ChosenEngines = Readonly<Record<string, EngineName>>;

/** An ensemble with any names. */
type AnyEnsemble = Ensemble<MemberSpecs, OutputSpecs<string>>;

/**
 * Methods of an ensemble for configured runs. A run compiles, binds data and chooses engines once, before it writes a file. Later it trains
 * and tests with them.
 */
export interface Prepared {
  /** The objectives and optimizers that `compile` has resolved. */
  compiled(ensemble: AnyEnsemble): Compiled;
  /** Checks data and binds it to inputs and outputs, for the calls below. */
  bind(ensemble: AnyEnsemble, x: Inputs<string>, y: Targets<string>): BoundSet;
  fit(
    ensemble: AnyEnsemble,
    data: BoundSet,
    engines: ChosenEngines,
    options: FitOptions<string, string>,
  ): Promise<History>;
  evaluate(ensemble: AnyEnsemble, data: BoundSet, options: RunOptions): Promise<Scores>;
  predict(ensemble: AnyEnsemble, data: BoundSet, options: RunOptions): Promise<Record<string, tf.Tensor>>;
}

/** An ensemble's plan, and each member's weights in the order of the plan. */
interface Planned {
  readonly plan: EnsemblePlan;
  readonly weights: ReadonlyMap<string, readonly tf.LayerVariable[]>;
}

function planned(spec: EnsembleSpec<MemberSpecs, OutputSpecs<string>>): Planned {
  const plan = planEnsemble(spec.members, spec.outputs);
  return { plan, weights: new Map(plan.members.map(({ name }) => [name, modelOf(spec, name).weights])) };
}

function modelOf({ members }: EnsembleSpec<MemberSpecs, OutputSpecs<string>>, name: string): tf.LayersModel {
  const member = members[name];
  if (member === undefined) throw new Error(`The plan has a member "${name}" that was not given.`);
  return member.model;
}

function rephrased(error: unknown, code: EnsembleErrorCode, what: string): EnsembleError {
  return new EnsembleError(code, `${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

/** The URL of a module that is given as a URL or as a file's path. */
function moduleUrl(module: URL | string): string {
  return module instanceof URL || /^\w{2,}:/.test(module) ? String(module) : pathToFileURL(module).href;
}

/** Takes the last samples of each group for validation. As in Keras, this happens before any shuffling. */
function split(whole: BoundSet, part: number): { training: BoundSet; validation: BoundSet | null } {
  if (part === 0) return { training: whole, validation: null };
  const cuts = whole.ranges.map(({ samples }) => Math.floor(samples * (1 - part)));
  for (const [g, cut] of cuts.entries()) {
    const samples = whole.ranges[g]?.samples ?? 0;
    if (cut === 0 || cut === samples) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected \`validationSplit\` to leave samples on both sides. Received: ${part} of ${samples} samples`,
      );
    }
  }
  return {
    training: { ...whole, ranges: whole.ranges.map((range, g) => ({ ...range, samples: cuts[g] ?? 0 })) },
    validation: {
      ...whole,
      ranges: whole.ranges.map((range, g) => ({
        ...range,
        start: cuts[g] ?? 0,
        samples: range.samples - (cuts[g] ?? 0),
      })),
    },
  };
}
