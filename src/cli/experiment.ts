import { relative } from 'node:path';
import { EnsembleError } from '../errors.js';
import { Experiment, type ExperimentRun } from '../experiment/experiment.js';
import type { ExperimentResults, VariantResults } from '../experiment/results.js';
import { intervalShown } from '../experiment/tables.js';
import { ExperimentBars, ExperimentFailures, ExperimentLines, type ExperimentView } from './experimentProgress.js';
import { counted, timeShown } from '../text/phrases.js';
import { shellQuoted } from '../text/shell.js';

export interface ExperimentCommandOptions {
  readonly out?: string;
  readonly threads?: number;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly signal: AbortSignal;
}

/**
 * The command `experiment`: runs a series, or only prints its plan.
 * @returns whether all runs succeeded
 */
export async function experiment(
  file: string,
  options: ExperimentCommandOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { json = false, quiet = false } = options;
  try {
    const planned = await plan(file, options);
    if (options.dryRun === true) {
      const runs = await planned.runs();
      const { baseline, folder } = planned;
      if (json) print(JSON.stringify({ type: 'plan', baseline, folder, runs }));
      else if (!quiet) describePlan(runs, baseline, folder).forEach(print);
      return true;
    }
    const results = await run(planned, options, print);
    if (json) print(JSON.stringify(resultsEvent(results)));
    else if (!quiet) describeResults(results).forEach(print);
    return results.variants.every(({ runs }) => runs.every(({ status }) => status === 'finished'));
  } catch (error) {
    if (json && error instanceof EnsembleError)
      print(JSON.stringify({ type: 'error', code: error.code, message: error.message }));
    throw error;
  }
}

function plan(file: string, options: ExperimentCommandOptions): Promise<Experiment> {
  const { out, threads, signal } = options;
  return Experiment.plan(file, {
    ...(out === undefined ? {} : { out }),
    ...(threads === undefined ? {} : { threads }),
    signal,
    command: commandLine(file, options),
  });
}

/** The command line of this call, quoted for a shell. */
export function commandLine(file: string, { out, threads }: Pick<ExperimentCommandOptions, 'out' | 'threads'>): string {
  const command =
    process.env['npm_lifecycle_event'] === 'experiment' ? 'npm run experiment --' : 'npx tfjs-ensemble experiment';
  const given = [
    file,
    ...(out === undefined ? [] : ['--out', out]),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
  ];
  return [command, ...given.map(shellQuoted)].join(' ');
}

async function run(
  planned: Experiment,
  { quiet = false, json = false, signal }: ExperimentCommandOptions,
  print: (line: string) => void,
): Promise<ExperimentResults> {
  if (json) {
    return planned.run({
      signal,
      onEvent: (event) => {
        print(JSON.stringify(event));
      },
    });
  }
  const view = viewOn(process.stderr, quiet);
  try {
    return await planned.run({
      signal,
      onEvent: (event) => {
        view.show(event);
      },
    });
  } finally {
    view.stop?.();
  }
}

function viewOn(stream: NodeJS.WriteStream, quiet: boolean): ExperimentView {
  if (quiet) return new ExperimentFailures(stream);
  return stream.isTTY ? new ExperimentBars(stream) : new ExperimentLines(stream);
}

/** The event of the last line of `--json`. */
function resultsEvent({ metrics, baseline, variants }: ExperimentResults): object {
  return {
    type: 'results',
    metrics,
    baseline,
    variants: variants.map(({ name, metrics: of, compared, msPerStep, wallMs, peakRssBytes }) => ({
      name,
      metrics: of,
      compared,
      msPerStep,
      wallMs,
      peakRssBytes,
    })),
  };
}

/** Describes the runs of a series, which of them are finished, and the estimated cost of the others. */
export function describePlan(runs: readonly ExperimentRun[], baseline: string, folder: string): string[] {
  const lines = [...new Set(runs.map(({ variant }) => variant))].map((name) => {
    const own = runs.filter(({ variant }) => variant === name);
    const seeds = own.map(({ seed, isFinished }) => `${seed}${isFinished ? ' (finished)' : ''}`);
    const changes = Object.entries(own[0]?.changes ?? {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return [`${name}: seeds ${seeds.join(', ')}`, ...changes].join('  ');
  });
  const missing = runs.filter(({ isFinished }) => !isFinished);
  const there = runs.length - missing.length;
  const ms = missing.reduce((sum, { estimatedMs }) => sum + estimatedMs, 0);
  const bytes = Math.max(...missing.map(({ estimatedBytes }) => estimatedBytes));
  const needs =
    missing.length === 0
      ? ''
      : `; estimated ${timeShown(ms)} on one core, and at most ${(bytes / 1e6).toFixed(0)} MB for a run`;
  return [
    ...lines,
    `${counted(runs.length, 'run')} in total${there > 0 ? `, ${there} already finished` : ''}${needs}`,
    `baseline: ${baseline}; results go into ${relative(process.cwd(), folder) || '.'}`,
  ];
}

/** A line for each variant with its main metric. */
function describeResults({ metrics: [main], variants }: ExperimentResults): string[] {
  if (main === undefined) return [];
  const width = Math.max(main.length, ...variants.map(({ name }) => name.length));
  return [
    `${main}, mean and 95 % interval over seeds; difference to the baseline`,
    ...variants.map((variant) => `${variant.name.padEnd(width)}  ${describeVariant(variant, main)}`.trimEnd()),
  ];
}

function describeVariant({ metrics, compared, isBaseline, runs }: VariantResults, main: string): string {
  const difference = isBaseline ? '' : intervalShown(compared[main], true);
  const failed = runs.filter(({ status }) => status === 'failed').length;
  return `${intervalShown(metrics[main]).padEnd(18)}${difference}${failed > 0 ? `  (${failed} failed)` : ''}`;
}
