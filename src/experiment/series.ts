import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TrainingProgress } from '../callbacks/callback.js';
import { EnsembleError } from '../errors.js';
import { lowerIsBetter } from '../train/scores.js';
import { renderReport } from '../report/page.js';
import { describeEnvironment, packageVersion } from '../run/environment.js';
import { repeatCommand } from '../text/shell.js';
import type { Cost } from './cost.js';
import type { ExperimentEvent } from './events.js';
import type { ExperimentFolder } from './folder.js';
import { launch } from './launch.js';
import type { ExperimentPlan, PlannedRun } from './plan.js';
import { finishedOf, readRun, summarize, type ExperimentResults, type LandedRun, type RunResult } from './results.js';
import { Schedule, type Budget } from './schedule.js';
import { resultsCsv, resultsMarkdown } from './tables.js';

/** A series that is running in a locked folder. */
export class Series {
  /** Runs that are not finished yet, each once: two variants may have the same run. */
  readonly #missing: readonly PlannedRun[];
  readonly #schedule: Schedule;
  readonly #stopping = new AbortController();
  /** Results of the runs that have ended, by identity. */
  readonly #results = new Map<string, RunResult>();
  /** Progress of the active runs, from 0 to 1. */
  readonly #progress = new Map<PlannedRun, number>();
  readonly #started = performance.now();

  constructor(
    private readonly folder: ExperimentFolder,
    private readonly plan: ExperimentPlan,
    private readonly budget: Budget,
    private readonly onEvent: (event: ExperimentEvent) => void,
  ) {
    const missing = plan.runs.filter((run) => folder.landed(run) === null);
    this.#missing = missing.filter((run, i) => missing.findIndex(({ identity }) => identity === run.identity) === i);
    this.#schedule = new Schedule(this.#missing, budget, (run, threads) => this.#run(run, threads));
  }

  /** Trains the missing runs, writes the results and unlocks the folder. */
  async run(command: string): Promise<ExperimentResults> {
    const { definition, variants, runs } = this.plan;
    let files: string[] = [];
    try {
      // The file includes the base, so that the series can be run from it.
      await this.folder.write('experiment.yaml', stringify({ ...definition, base: this.plan.base }));
      this.#tell({
        type: 'begin',
        name: definition.name,
        variants: variants.length,
        runs: this.#missing.length,
        kept: new Set(runs.map(({ identity }) => identity)).size - this.#missing.length,
        threads: this.budget.threads,
        folder: this.folder.path,
      });
      await this.#schedule.done(this.#stopping.signal);
      const results = await this.#collect(command);
      files = await this.#write(results);
      return results;
    } finally {
      await this.folder.close();
      const { finished, failed } = this.#ended;
      this.#tell({
        type: 'end',
        finished: finished.length,
        failed,
        wallMs: this.#wallMs,
        busyShare: this.#busyShare,
        files,
      });
    }
  }

  /** Stops all runs at once. */
  stop(reason: unknown = new EnsembleError('ABORTED', 'The series was stopped. Run it again to continue.')): void {
    this.#stopping.abort(reason);
  }

  pause(): void {
    this.#schedule.pause();
  }

  resume(): void {
    this.#schedule.resume();
  }

  /** If the listener throws, the series stops with that error. */
  #tell(event: ExperimentEvent): void {
    try {
      this.onEvent(event);
    } catch (error) {
      this.stop(error);
    }
  }

  /** @returns the cost of the run; null if the run failed */
  async #run(run: PlannedRun, threads: number): Promise<Cost | null> {
    const { variant, seed } = run;
    const { folder } = this;
    const signal = this.#stopping.signal;
    this.#tell({ type: 'start', variant, seed, threads });
    const began = performance.now();
    const onProgress = (progress: TrainingProgress): void => {
      const part = (progress.epoch + progress.step / progress.steps) / progress.epochs;
      this.#progress.set(run, part);
      const msLeft = part > 0 ? ((performance.now() - began) * (1 - part)) / part : null;
      this.#tell({ type: 'progress', variant, seed, ...progress, msLeft, seriesMsLeft: this.#msLeft });
    };
    try {
      const error = await launch(run, { folder: folder.partial(run), threads, signal, onProgress });
      if (error !== null) return this.#fail(run, error);
      const landed = await folder.land(run);
      const result = await readRun(folder.path, landed);
      const { wallMs, metrics, peakRssBytes } = result;
      this.#results.set(run.identity, result);
      this.#progress.set(run, 1);
      this.#tell({ type: 'finish', variant, seed, folder: landed, wallMs, metrics, ...this.#done });
      return { ms: threads * (performance.now() - began), bytes: peakRssBytes };
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#fail(run, describeError(error));
    } finally {
      this.#progress.delete(run);
      await folder.discard(run);
    }
  }

  #fail(run: PlannedRun, error: string): null {
    const { variant, seed, identity } = run;
    this.#results.set(identity, { seed, status: 'failed', error });
    this.#progress.set(run, 1);
    this.#tell({ type: 'fail', variant, seed, error, ...this.#done });
    return null;
  }

  get #done(): { done: number; runs: number; msLeft: number } {
    return {
      done: this.#results.size,
      runs: this.#missing.length,
      msLeft: this.#msLeft,
    };
  }

  get #msLeft(): number {
    return this.#schedule.msLeft((run) => this.#progress.get(run) ?? 0);
  }

  get #wallMs(): number {
    return performance.now() - this.#started;
  }

  /** The runs of this call that have ended, without runs of earlier calls. */
  get #ended(): { finished: LandedRun[]; failed: number } {
    const finished = finishedOf([...this.#results.values()]);
    return { finished, failed: this.#results.size - finished.length };
  }

  get #busyShare(): number | null {
    const { finished } = this.#ended;
    const cpuMs = finished.reduce((sum, run) => sum + run.cpuMs, 0);
    return finished.length === 0 ? null : cpuMs / (this.budget.threads * this.#wallMs);
  }

  async #collect(command: string): Promise<ExperimentResults> {
    const results = new Map(this.#results);
    for (const run of this.plan.runs) {
      const landed = this.folder.landed(run);
      if (landed !== null && !results.has(run.identity))
        results.set(run.identity, await readRun(this.folder.path, landed));
    }
    return {
      name: this.plan.definition.name,
      version: packageVersion(),
      created: new Date().toISOString(),
      command,
      environment: describeEnvironment(),
      wallMs: this.#wallMs,
      busyShare: this.#busyShare,
      ...summarize(
        this.plan,
        (run) => results.get(run.identity) ?? null,
        (run) => this.#describe(run),
      ),
    };
  }

  /** The configuration of a run, and the command that repeats the run. */
  #describe(run: PlannedRun): { config: string; command: string } {
    const landed = this.folder.landed(run);
    return {
      config: stringify(run.config),
      command: landed === null ? '' : repeatCommand(join(this.folder.path, landed)),
    };
  }

  async #write(results: ExperimentResults): Promise<string[]> {
    const files = {
      'results.json': `${JSON.stringify(withoutCurves(results), null, 2)}\n`,
      'results.csv': resultsCsv(results),
      'results.md': resultsMarkdown(results),
      'report.html': await renderReport({
        title: results.name,
        lowerIsBetter: lowerIsBetter(results.metrics),
        ...results,
      }),
    };
    for (const [file, content] of Object.entries(files)) await this.folder.write(file, content);
    return Object.keys(files);
  }
}

function describeError(error: unknown): string {
  if (error instanceof EnsembleError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** Leaves out the data that the folders of the runs have, for `results.json`. */
function withoutCurves(results: ExperimentResults): object {
  return {
    ...results,
    variants: results.variants.map(({ runs, ...variant }) => ({
      ...variant,
      config: undefined,
      runs: runs.map((run) => (run.status === 'failed' ? run : { ...run, history: undefined, confusion: undefined })),
    })),
  };
}
