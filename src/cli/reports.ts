import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Parity } from '../assemble/parity.js';
import type { History, RunRecord, Scores } from '../coordinator/history.js';
import type { Ensemble } from '../ensemble.js';
import { EnsembleError } from '../errors.js';
import type { Config } from './config.js';
import { drawCurves } from './curves.js';

/** What came of a run. */
export interface RunOutcome {
  readonly config: Config;
  readonly ensemble: Ensemble;
  /** Null where the run was interrupted before its first epoch's end. */
  readonly history: Pick<History, 'epoch' | 'history'>;
  readonly run: RunRecord | null;
  readonly test: Scores | null;
  readonly parity: Parity | null;
  readonly wallMs: number;
}

/** Version of this package. */
export function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/**
 * Makes a run's folder.
 * @throws EnsembleError `OUTPUT_FOLDER` where there is something in it already
 */
export async function prepareFolder(folder: string, force: boolean): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if (force || (await readdir(folder)).length === 0) return;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnsembleError('OUTPUT_FOLDER', `The folder ${folder} can't be made: ${reason}`, { cause: error });
  }
  throw new EnsembleError(
    'OUTPUT_FOLDER',
    `The folder ${folder} exists and isn't empty. Name another one with --out, or write into it with --force.`,
  );
}

/** Writes all files of a run. */
export async function writeRun(folder: string, outcome: RunOutcome): Promise<void> {
  const { config, ensemble, history } = outcome;
  const write = (file: string, content: string): Promise<void> => writeFile(join(folder, file), content);
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const summary: string[] = [];
  ensemble.summary(undefined, (line) => summary.push(line));
  await ensemble.save(folder);
  await write('config.yaml', stringify(config));
  await write('summary.txt', `${summary.join('\n')}\n`);
  await write('history.json', json(history));
  await write('history.csv', historyCsv(history));
  await write('curves.svg', drawCurves(config.name, history));
  await write('run.json', json(runRecord(outcome)));
}

/** A row for each epoch, from 1; numbers in full. */
export function historyCsv({ epoch, history }: Pick<History, 'epoch' | 'history'>): string {
  const columns = Object.entries(history);
  const rows = epoch.map((number, i) => [number + 1, ...columns.map(([, values]) => values[i] ?? '')].join(','));
  return [['epoch', ...columns.map(([name]) => name)].join(','), ...rows, ''].join('\n');
}

/** `run.json`. */
function runRecord({ config, ensemble, history, run, test, parity, wallMs }: RunOutcome): object {
  const { plan } = ensemble;
  return {
    version: packageVersion(),
    config,
    seed: config.fit.seed,
    engine: run?.engines ?? null,
    threads: run?.threads ?? null,
    members: Object.fromEntries(
      plan.members.map(({ name, inputs, weights }) => [
        name,
        { inputs, parameters: weights.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0) },
      ]),
    ),
    groups: plan.groups.map((group, g) => ({ ...group, samples: run?.samples[g] ?? null })),
    history: history.history,
    test,
    parity,
    msPerStep: run?.msPerStep ?? null,
    syncShare: run?.syncShare ?? null,
    wallMs,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    environment: {
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      tfjs: tf.version_core,
      kernels: run?.builds ?? [],
    },
  };
}
