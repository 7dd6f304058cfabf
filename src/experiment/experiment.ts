import { availableParallelism, freemem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EnsembleError, show } from '../errors.js';
import { checkedDefinition, readDefinition, type Changes, type ExperimentDefinition } from './definition.js';
import type { ExperimentEvent, RunName } from './events.js';
import { ExperimentFolder } from './folder.js';
import { planExperiment, type ExperimentPlan } from './plan.js';
import type { ExperimentResults } from './results.js';
import { Series } from './series.js';

/** Part of the memory that is free at the beginning which runs may take. */
const MEMORY_SHARE = 0.8;

export interface ExperimentOptions {
  /** Folder of the results. One that has this series in it already is gone on with. @defaultValue `runs/<name>` */
  readonly out?: string;
  /** Threads of all runs together: an integer from 1 to the number of cores. @defaultValue one for each core */
  readonly threads?: number;
  /** Bytes that the processes of all runs together may take. @defaultValue 80 % of what is free when it runs */
  readonly memory?: number;
  /** How the results say that they can be made again. @defaultValue none */
  readonly command?: string;
  /** Stops the planning, which then fails with the code `ABORTED`. */
  readonly signal?: AbortSignal;
}

export interface RunExperimentOptions {
  /** Ends all runs at once; those that have ended stay, and the same series goes on from there. The call fails with the code `ABORTED`. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ExperimentEvent) => void;
}

/** One training of a series. */
export interface ExperimentRun extends RunName {
  /** What its variant changes of the base, beside what all variants change. */
  readonly changes: Changes;
  /** Whether it is there already, with the results that this series would give it. */
  readonly isFinished: boolean;
  /** Milliseconds on one core, estimated from its plan: good for comparing runs with each other. */
  readonly estimatedMs: number;
  /** The most memory that it takes, estimated. */
  readonly estimatedBytes: number;
}

/**
 * A series of runs, several at once: variants of one configuration, each with every seed.
 *
 * Each run is a process of its own that leaves a folder as `train` does. What has ended is kept: a series that was stopped or changed
 * trains only what is missing. A run's numbers are those that it has by itself.
 *
 * @example
 * ```ts
 * const experiment = await Experiment.plan({
 *   name: 'batches',
 *   base: 'experiments/mean-and-direct.yaml',
 *   grid: { 'fit.batchSize': [32, 64] },
 *   seeds: [1, 2, 3],
 * });
 * const { variants } = await experiment.run();
 * ```
 */
export class Experiment {
  #series: Series | null = null;
  #isRunning = false;
  #isPaused = false;

  private constructor(
    private readonly plan: ExperimentPlan,
    /** Folder of the results, absolute. */
    readonly folder: string,
    private readonly threads: number,
    /** Bytes; null for a share of what is free. */
    private readonly memory: number | null,
    private readonly command: string,
  ) {}

  /**
   * Checks a series whole, and the options; runs and writes nothing.
   * @param definition the series, or its file (YAML). Paths are relative to the file's folder, or to the working directory
   * @throws EnsembleError `CONFIG` with all mistakes, `INVALID_OPTION`, and those of a variant's models and data, naming it
   */
  static async plan(definition: ExperimentDefinition | string, options: ExperimentOptions = {}): Promise<Experiment> {
    const cores = availableParallelism();
    const { threads = cores, memory = null, command = '', signal } = options;
    if (!Number.isSafeInteger(threads) || threads < 1 || threads > cores) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected \`threads\` to be an integer from 1 to ${cores}, the cores of this machine. Received: ${show(threads)}`,
      );
    }
    if (memory !== null && !(typeof memory === 'number' && memory > 0))
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected \`memory\` to be a number of bytes > 0. Received: ${show(memory)}`,
      );
    const isFile = typeof definition === 'string';
    const source = isFile
      ? { name: definition, folder: dirname(definition) }
      : { name: 'the series', folder: process.cwd() };
    const checked = isFile ? await readDefinition(definition) : checkedDefinition(definition, source.name);
    const plan = await planExperiment(checked, source, signal);
    const folder = resolve(options.out ?? join('runs', checked.name));
    return new Experiment(plan, folder, threads, memory, command);
  }

  /** The variant that the others are compared with. */
  get baseline(): string {
    return this.plan.baseline;
  }

  /** All runs of the series, variant by variant. */
  async runs(): Promise<ExperimentRun[]> {
    const identities = await ExperimentFolder.look(this.folder);
    return this.plan.runs.map(({ variant, seed, identity, cost }) => ({
      variant,
      seed,
      changes: this.plan.variants.find(({ name }) => name === variant)?.changes ?? {},
      isFinished: identities.has(identity),
      estimatedMs: cost.ms,
      estimatedBytes: cost.bytes,
    }));
  }

  /**
   * Trains what is missing and writes the results: `results.json`, `results.csv`, `results.md`, `report.html`. A run that fails stops no other; it
   * is in the results with its error, and is tried again by the next call.
   * @throws EnsembleError `OUTPUT_FOLDER` where the folder is another's or can't be written, `BUSY` where it is in use, `ABORTED`; what
   *   `onEvent` throws
   */
  async run({ signal, onEvent = () => undefined }: RunExperimentOptions = {}): Promise<ExperimentResults> {
    if (this.#isRunning)
      throw new EnsembleError('BUSY', 'Another `run` of this experiment is under way. Await it first.');
    this.#isRunning = true;
    const { plan, threads, memory } = this;
    try {
      const folder = await ExperimentFolder.open(this.folder, plan.definition.name);
      const budget = { threads, bytes: memory ?? MEMORY_SHARE * availableMemory() };
      const series = new Series(folder, plan, budget, onEvent);
      this.#series = series;
      if (this.#isPaused) series.pause();
      const stop = (): void => {
        series.stop();
      };
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted === true) stop();
      try {
        return await series.run(this.command);
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    } finally {
      this.#series = null;
      this.#isRunning = false;
    }
  }

  /** No further run starts until {@link resume}; those that are under way go on. */
  pause(): void {
    this.#isPaused = true;
    this.#series?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#series?.resume();
  }
}

function availableMemory(): number {
  const { availableMemory = freemem } = process as { availableMemory?: () => number }; // of a container, since Node.js 20.13
  return availableMemory();
}
