import type { Interval, ReportData } from '../data.js';
import { formatBytes, formatDuration, formatMs, formatNumber, formatTime } from '../format.js';
import { counted } from '../../text/phrases.js';
import { finishedRuns, isBetter, presentMetrics } from './metrics.js';

/** The head of the page: title, summary and main numbers. */
export interface Head {
  readonly title: string;
  /** One line. */
  readonly summary: string;
  readonly facts: readonly Fact[];
  readonly command: string;
  /** Time, versions and machine. */
  readonly environment: readonly (readonly [name: string, value: string])[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  /** Whether the fact is a problem, such as failed runs. */
  readonly bad?: boolean;
}

export function headOf(data: ReportData): Head {
  const { title, version, created, environment, command } = data;
  return {
    title,
    summary: summaryOf(data),
    facts: countRuns(data) === 1 ? singleFacts(data) : seriesFacts(data),
    command,
    environment: [['Created', formatTime(created)], ['tfjs-ensemble', version], ...Object.entries(environment)],
  };
}

/** For example `6 variants with 3 seeds each, compared with “base” seed by seed.` */
function summaryOf({ variants }: ReportData): string {
  const seeds = new Set(variants.map(({ runs }) => runs.length));
  const [each = 0] = seeds;
  if (variants.length === 1) {
    const [run] = variants[0]?.runs ?? [];
    if (each === 1) return `One training run with seed ${run?.seed ?? 0}.`;
    return `One configuration, trained with ${counted(each, 'seed')}.`;
  }
  const runs = seeds.size === 1 ? `with ${counted(each, 'seed')}${each === 1 ? '' : ' each'}` : 'with different seeds';
  const baseline = variants.find(({ isBaseline }) => isBaseline);
  const compared = baseline === undefined ? '' : `, compared with “${baseline.name}” seed by seed`;
  return `${counted(variants.length, 'variant')} ${runs}${compared}.`;
}

function seriesFacts(data: ReportData): Fact[] {
  const [main] = presentMetrics(data);
  const best = main === undefined ? null : bestVariant(data, main);
  const finished = data.variants.flatMap(finishedRuns).length;
  const failed = countRuns(data) - finished;
  return [
    ...(main === undefined || best === null
      ? []
      : [
          {
            label: data.variants.length === 1 ? main : `Best ${main}`,
            value: plusMinus(best.interval),
            ...(data.variants.length === 1 ? {} : { note: best.name }),
          },
        ]),
    ...(data.variants.length === 1 ? [] : [{ label: 'Variants', value: String(data.variants.length) }]),
    { label: 'Runs', value: String(countRuns(data)) },
    { label: 'Failed', value: String(failed), bad: failed > 0 },
    { label: 'Wall time', value: formatDuration(data.wallMs) },
  ];
}

/** The report of a single run shows its numbers instead of counts. */
function singleFacts(data: ReportData): Fact[] {
  const [run] = data.variants.flatMap(finishedRuns);
  if (run === undefined) return [{ label: 'Failed', value: '1', bad: true }];
  const shown = presentMetrics(data).filter((name) => run.metrics[name] !== undefined);
  return [
    ...shown.slice(0, 2).map((name) => ({ label: name, value: formatNumber(run.metrics[name] ?? NaN) })),
    ...(run.msPerStep === null ? [] : [{ label: 'Time per step', value: formatMs(run.msPerStep) }]),
    { label: 'Wall time', value: formatDuration(run.wallMs) },
    { label: 'Memory', value: formatBytes(run.peakRssBytes) },
  ];
}

function bestVariant(data: ReportData, metric: string): { name: string; interval: Interval } | null {
  const candidates = data.variants.flatMap(({ name, metrics }) => {
    const interval = metrics[metric];
    return interval === undefined ? [] : [{ name, interval }];
  });
  const [first] = candidates;
  if (first === undefined) return null;
  return candidates.reduce(
    (best, other) => (isBetter(data, metric, other.interval.mean, best.interval.mean) ? other : best),
    first,
  );
}

function plusMinus({ mean, high }: Interval): string {
  return high === null ? formatNumber(mean) : `${formatNumber(mean)} ± ${formatNumber(high - mean)}`;
}

function countRuns({ variants }: ReportData): number {
  return variants.reduce((count, { runs }) => count + runs.length, 0);
}
