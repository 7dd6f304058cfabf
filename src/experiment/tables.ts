import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import type { Interval } from '../report/data.js';
import type { ExperimentResults, VariantResults } from './results.js';

/** Number of metrics in `results.md`. `results.csv` has all of them. */
const SHOWN = 4;

/**
 * A row for each variant, with all digits. Each metric has its mean, the limits of its 95 % interval and the number of runs; the same follows
 * for the difference to the baseline.
 */
export function resultsCsv({ metrics, variants }: ExperimentResults): string {
  const limits = (name: string): string[] => [name, `${name}_low`, `${name}_high`, `${name}_n`];
  const valuesOf = (of: Interval | undefined): (number | null)[] =>
    of === undefined ? [null, null, null, null] : [of.mean, of.low, of.high, of.n];
  const header = [
    'variant',
    'runs',
    'failed',
    ...metrics.flatMap((metric) => [...limits(metric), ...limits(`${metric}_minus_baseline`)]),
    'ms_per_step',
    'seconds',
    'peak_rss_mb',
  ];
  const rows = variants.map((variant) => [
    variant.name,
    ...counts(variant),
    ...metrics.flatMap((metric) => [...valuesOf(variant.metrics[metric]), ...valuesOf(variant.compared[metric])]),
    variant.msPerStep?.mean ?? null,
    variant.wallMs === null ? null : variant.wallMs.mean / 1000,
    variant.peakRssBytes === null ? null : variant.peakRssBytes.mean / 1e6,
  ]);
  return stringify([header, ...rows]);
}

/** The most important metrics, as a table in Markdown. */
export function resultsMarkdown(results: ExperimentResults): string {
  const { name, version, baseline, command, environment, metrics, variants } = results;
  const shown = metrics.slice(0, SHOWN);
  const [main] = metrics;
  const several = variants.length > 1 && main !== undefined;
  const table = markdownTable(
    [
      ['variant', 'runs', ...shown, ...(several ? [`${main}, minus ${baseline}`] : []), 'ms a step', 's', 'MB'],
      ...variants.map((variant) => [
        variant.name,
        runsShown(variant),
        ...shown.map((metric) => intervalShown(variant.metrics[metric])),
        ...(several ? [intervalShown(variant.compared[main], true)] : []),
        variant.msPerStep?.mean.toFixed(1) ?? '',
        variant.wallMs === null ? '' : (variant.wallMs.mean / 1000).toFixed(1),
        variant.peakRssBytes === null ? '' : (variant.peakRssBytes.mean / 1e6).toFixed(0),
      ]),
    ].map((row) => row.map(plain)),
  );
  const failures = variants.flatMap(({ name: variant, runs }) =>
    runs.flatMap((run) =>
      run.status === 'failed' ? [`- ${plain(`${variant}, seed ${run.seed}: ${run.error}`)}`] : [],
    ),
  );
  return [
    `# ${name}`,
    table,
    'Mean ± half of the 95 % confidence interval over seeds, t(0.975, n − 1) · s / √n. Differences are between runs with the same seed.',
    ...(failures.length > 0 ? ['## Failed', failures.join('\n')] : []),
    ...(command === '' ? [] : [`\`${command}\``]),
    Object.entries({ 'tfjs-ensemble': version, ...environment })
      .map(([key, value]) => `${key} ${value}`)
      .join('; '),
    '',
  ].join('\n\n');
}

function counts({ runs }: VariantResults): [number, number] {
  const failed = runs.filter(({ status }) => status === 'failed').length;
  return [runs.length - failed, failed];
}

function runsShown(variant: VariantResults): string {
  const [finished, failed] = counts(variant);
  return failed === 0 ? String(finished) : `${finished} (${failed} failed)`;
}

/** `0.9843 ± 0.0012`; a single value has no interval. */
export function intervalShown(of: Interval | undefined, isDifference = false): string {
  if (of === undefined) return '';
  const sign = isDifference && of.mean > 0 ? '+' : '';
  const half = of.high === null ? '' : ` ± ${(of.high - of.mean).toFixed(4)}`;
  return `${sign}${of.mean.toFixed(4)}${half}`;
}

/** Escapes a text for one line of Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*<|]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');
}
