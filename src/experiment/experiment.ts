import { availableParallelism, freemem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EnsembleError, show } from '../errors.js';
import { checkedDefinition, readDefinition, type Changes, type ExperimentDefinition } from './definition.js';
import type { ExperimentEvent, RunName } from './events.js';
import { ExperimentFolder } from './folder.js';
import { planExperiment, type ExperimentPlan } from './plan.js';
import type { ExperimentResults } from './results.js';
import { Series } from './series.js';

/** Share of the free memory that runs may use by default. */
const MEMORY_SHARE = 0.8;

export interface ExperimentOptions {
  /** Folder of the results. If it has results of this series, the series continues there. @defaultValue `runs/<name>` */
  readonly out?: string;
  /** Number of threads of all runs together: an integer from 1 to the number of cores. @defaultValue the number of cores */
  readonly threads?: number;
  /** Bytes that the processes of all runs together may use. @defaultValue 80 % of the memory that is free when `run` starts */
  readonly memory?: number;
  /** The command that the results show for repeating the series. @defaultValue none */
  readonly command?: string;
  /** Stops the planning. `plan` then fails with the code `ABORTED`. */
  readonly signal?: AbortSignal;
}

export interface RunExperimentOptions {
  /** Stops all runs at once; `run` then fails with the code `ABORTED`. Finished runs are kept, and the next call continues the series. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ExperimentEvent) => void;
}

/** One training of a series. */
export interface ExperimentRun extends RunName {
  /** The changes of its variant, without the changes for all variants. */
  readonly changes: Changes;
  /** Whether an earlier call has finished this run. */
  readonly isFinished: boolean;
  /** Milliseconds on one core, estimated from its plan. Use it to compare runs with each other. */
  readonly estimatedMs: number;
  /** Estimated peak memory of its process. */
  readonly estimatedBytes: number;
}

/**
 * A series of runs: variants of one configuration, each with every seed. Several runs train at the same time.
 *
 * Each run is a separate process that writes a folder, as `train` does. Finished runs are kept: if a series was stopped or changed,
 * the next call trains only the missing runs. A run gives the same numbers as when it is trained alone.
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
    /** Bytes; null: a share of the free memory ({@link MEMORY_SHARE}). */
    private readonly memory: number | null,
    private readonly command: string,
  ) {}

  /**
   * Checks the whole series and the options. It trains and writes nothing.
   * @param definition the series, or the path of its file (YAML). Paths in a file are relative to its folder; paths in an object are
   *   relative to the working directory
   * @throws EnsembleError `CONFIG` with all mistakes; `INVALID_OPTION`; the errors of a variant's models and data, with the variant's name
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
   * Trains the missing runs and writes the results: `results.json`, `results.csv`, `results.md`, `report.html`. A run that fails does not stop
   * the others. The results have its error, and the next call tries it again.
   * @throws EnsembleError `OUTPUT_FOLDER` if the folder belongs to something else or cannot be written; `BUSY` if it is in use; `ABORTED`;
   *   errors of `onEvent`
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

  /** Starts no more runs until {@link resume} is called. Runs that have started continue. */
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
  const { availableMemory = freemem } = process as { availableMemory?: () => number }; // knows the limit of a container; since Node.js 20.13
  return availableMemory();
}
