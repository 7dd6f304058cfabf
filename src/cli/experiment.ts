import { relative } from 'node:path';
import { Experiment } from '../experiment/experiment.js';
import type { ExperimentEvent } from '../experiment/events.js';
import type { VariantResults } from '../experiment/results.js';
import { intervalShown } from '../experiment/tables.js';
import { ExperimentBars, ExperimentLines } from './experimentProgress.js';

export interface ExperimentCommandOptions {
  readonly out?: string;
  readonly threads?: number;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly signal: AbortSignal;
}

/**
 * The command `experiment`: runs a series, or only says what it would run.
 * @returns whether all runs ended well
 */
export async function experiment(
  file: string,
  options: ExperimentCommandOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { out, threads, dryRun = false, quiet = false, json = false, signal } = options;
  const planned = await Experiment.plan(file, {
    ...(out === undefined ? {} : { out }),
    ...(threads === undefined ? {} : { threads }),
    command: commandLine(file, out),
  });
  if (dryRun) {
    for (const line of await describePlan(planned)) print(line);
    return true;
  }
  const results = await planned.run({ signal, onEvent: listener(quiet, json, print) });
  const failed = results.variants.flatMap(({ runs }) => runs.filter(({ status }) => status === 'failed'));
  if (!quiet && !json) for (const line of describeResults(results.metrics, results.variants)) print(line);
  return failed.length === 0;
}

/** The command that was given, in the form in which it was. */
function commandLine(file: string, out: string | undefined): string {
  const command =
    process.env['npm_lifecycle_event'] === 'experiment' ? 'npm run experiment --' : 'npx tfjs-ensemble experiment';
  return [command, file, ...(out === undefined ? [] : ['--out', out])].join(' ');
}

function listener(quiet: boolean, json: boolean, print: (line: string) => void): (event: ExperimentEvent) => void {
  if (json) {
    return (event) => {
      print(JSON.stringify(event));
    };
  }
  if (quiet) return () => undefined;
  const shown = process.stderr.isTTY ? new ExperimentBars(process.stderr) : new ExperimentLines(process.stderr);
  return (event) => {
    shown.show(event);
  };
}

/** What a series would run, and what of it is there. */
async function describePlan(planned: Experiment): Promise<string[]> {
  const runs = await planned.runs();
  const lines = [...new Set(runs.map(({ variant }) => variant))].map((name) => {
    const own = runs.filter(({ variant }) => variant === name);
    const seeds = own.map(({ seed, isFinished }) => `${seed}${isFinished ? ' (there already)' : ''}`);
    const changes = Object.entries(own[0]?.changes ?? {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return [`${name}: seeds ${seeds.join(', ')}`, ...changes].join('  ');
  });
  const folder = relative(process.cwd(), planned.folder);
  return [...lines, `compared with ${planned.baseline}; results go into ${folder}`];
}

/** The main metric of each variant. */
function describeResults([main]: readonly string[], variants: readonly VariantResults[]): string[] {
  if (main === undefined) return [];
  const width = Math.max(main.length, ...variants.map(({ name }) => name.length));
  const lines = variants.map(({ name, metrics, compared, isBaseline, runs }) => {
    const difference = isBaseline ? '' : intervalShown(compared[main], true);
    const failed = runs.filter(({ status }) => status === 'failed').length;
    return `${name.padEnd(width)}  ${intervalShown(metrics[main]).padEnd(18)}${difference}${failed > 0 ? `  (${failed} failed)` : ''}`.trimEnd();
  });
  return [`${main}, mean and 95 % interval over seeds; difference to the baseline`, ...lines];
}
