import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writing } from '../files.js';
import type { History } from '../callbacks/history.js';
import { EnsembleError } from '../errors.js';
import { renderReport } from '../report/page.js';
import { drawCurves } from './curves.js';
import { packageVersion } from './environment.js';
import { runReport } from './report.js';
import { recordRun, type RunOutcome } from './record.js';

/**
 * Creates the folder of a run.
 * @param folder path of the folder; undefined: a new folder in `runs/`
 * @throws EnsembleError `OUTPUT_FOLDER` if the folder cannot be created or is not empty
 */
export async function prepareFolder(folder: string | undefined, name: string, force: boolean): Promise<string> {
  if (folder === undefined) return await writing('runs', () => newFolder(name));
  const content = await writing(folder, async () => {
    await mkdir(folder, { recursive: true });
    return readdir(folder);
  });
  if (force || content.length === 0) return folder;
  throw new EnsembleError(
    'OUTPUT_FOLDER',
    `The folder ${folder} is not empty. Name another folder with --out, or write into this one with --force.`,
  );
}

/** Creates `runs/<UTC time>-<name>`. Adds a number if another run started in the same second. */
async function newFolder(name: string): Promise<string> {
  const wanted = join('runs', `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z-${name}`);
  await mkdir('runs', { recursive: true });
  for (let n = 1; ; n++) {
    const folder = n === 1 ? wanted : `${wanted}-${n}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * Writes all files of a run.
 * @throws EnsembleError `OUTPUT_FOLDER`
 */
export async function writeRun(folder: string, outcome: RunOutcome): Promise<void> {
  const { config, ensemble, engines, history, run } = outcome;
  const summary: string[] = [];
  ensemble.summary(undefined, (line) => summary.push(line));
  await ensemble.save(folder);
  const by = `# tfjs-ensemble ${packageVersion()}; engine: ${[...new Set(Object.values(engines))].join(', ')}`;
  const kernels = run === null ? '' : `; kernels: ${run.builds.join(', ')}`;
  await write(folder, 'config.yaml', `${by}${kernels}\n${stringify(config)}`);
  await write(folder, 'summary.txt', `${summary.join('\n')}\n`);
  await write(folder, 'history.json', json(history));
  await write(folder, 'history.csv', historyCsv(history));
  await write(folder, 'curves.svg', drawCurves(config.name, history));
  await writeRecord(folder, outcome);
}

/**
 * Writes `run.json` and `report.html`. They are written with the other files, and again at the end of the run.
 * @throws EnsembleError `OUTPUT_FOLDER`
 */
export async function writeRecord(folder: string, outcome: RunOutcome): Promise<void> {
  const record = recordRun(outcome);
  await write(folder, 'run.json', json(record));
  await write(folder, 'report.html', await renderReport(runReport(folder, record)));
}

function write(folder: string, file: string, content: string): Promise<void> {
  return writing(folder, () => writeFile(join(folder, file), content));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A row for each epoch, from 1, with all digits. */
export function historyCsv({ epoch, history }: Pick<History, 'epoch' | 'history'>): string {
  const columns = Object.entries(history);
  const rows = epoch.map((number, i) => [number + 1, ...columns.map(([, values]) => values[i] ?? '')].join(','));
  return [['epoch', ...columns.map(([name]) => name)].join(','), ...rows, ''].join('\n');
}
