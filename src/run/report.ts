import { stringify } from 'yaml';
import type { ReportData } from '../report/data.js';
import { describeEnvironment, packageVersion } from './environment.js';
import { repeatCommand } from '../text/shell.js';
import { lowerIsBetter } from '../train/scores.js';
import { finishedRun, rankMetrics, type RunFile } from './record.js';

/** The data for the report of a single run. */
export function runReport(folder: string, record: RunFile): ReportData {
  const { config, wallMs, environment } = record;
  const run = finishedRun(record);
  const metrics = rankMetrics(Object.keys(run.metrics));
  const command = repeatCommand(folder);
  const intervals = metrics.map((name) => [name, { n: 1, mean: run.metrics[name] ?? NaN, low: null, high: null }]);
  return {
    title: config.name,
    version: packageVersion(),
    created: new Date().toISOString(),
    command,
    environment: { ...describeEnvironment(), kernels: environment.kernels.join(', ') },
    wallMs,
    metrics,
    lowerIsBetter: lowerIsBetter(metrics),
    variants: [
      {
        name: config.name,
        isBaseline: true,
        changes: {},
        config: stringify(config),
        command,
        runs: [run],
        metrics: Object.fromEntries(intervals) as ReportData['variants'][number]['metrics'],
        compared: {},
      },
    ],
  };
}
