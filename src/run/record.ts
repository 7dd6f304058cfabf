import type { Parity } from '../assemble/parity.js';
import { type History, type RunRecord as Training } from '../callbacks/history.js';
import { scorePrefix, type Scores } from '../train/scores.js';
import type { Ensemble } from '../ensemble.js';
import type { GroupPlan, Objective } from '../protocol/plan.js';
import { sizeOfWeights } from '../protocol/shape.js';
import { MEMBERS_MEAN, type FinishedRun } from '../report/data.js';
import type { BuiltEnsemble, BuiltRun } from '../config/build.js';
import type { Config } from '../config/config.js';
import { environment, packageVersion, type Environment } from './environment.js';
import type { ConfusionMatrix, Evaluation } from './evaluate.js';
import type { ResolvedRun } from '../config/resolve.js';

/** The outcome of a run. */
export interface RunOutcome extends ResolvedRun {
  /** The ensemble to save. */
  readonly ensemble: Ensemble;
  readonly history: Pick<History, 'epoch' | 'history'>;
  /** Null if training was interrupted. */
  readonly run: Training | null;
  /** Null if training was interrupted before its first step. */
  readonly msPerStep: number | null;
  interrupted: boolean;
  /** Null without test data, or if the run was interrupted before the test. */
  evaluation: Evaluation | null;
  parity: Parity | null;
  /** Start time, as given by `performance.now()`. */
  readonly started: number;
}

/** The content of `run.json`. */
export interface RunFile {
  /** Version of this package. */
  readonly version: string;
  readonly config: Config;
  readonly seed: number;
  readonly engine: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly interrupted: boolean;
  readonly members: Readonly<Record<string, MemberRecord>>;
  readonly groups: readonly (GroupPlan & { readonly samples: number | null })[];
  readonly history: History['history'];
  readonly test: Scores | null;
  readonly confusion: Readonly<Record<string, ConfusionMatrix>>;
  readonly parity: Parity | null;
  readonly msPerStep: number | null;
  readonly syncShare: number | null;
  readonly wallMs: number;
  /** CPU time of all threads, in milliseconds. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  readonly environment: Environment & { readonly kernels: readonly string[] };
}

interface MemberRecord {
  readonly inputs: readonly string[];
  readonly parameters: number;
  /** Scores of the single member on the test data; null if it was not tested alone. */
  readonly test: Scores | null;
}

/** The current record of a run. Times and memory are those of this process so far. */
export function recordRun(outcome: RunOutcome): RunFile {
  const { config, plan, engines, samples, history, run, msPerStep, interrupted, evaluation, parity, started } = outcome;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return {
    version: packageVersion(),
    config,
    seed: config.fit.seed,
    engine: engines,
    threads: config.fit.threads,
    interrupted,
    members: Object.fromEntries(
      plan.members.map(({ name, inputs, weights }) => [
        name,
        {
          inputs,
          parameters: sizeOfWeights(weights),
          test: evaluation?.members[name] ?? null,
        },
      ]),
    ),
    groups: plan.groups.map((group, g) => ({ ...group, samples: samples[g] ?? null })),
    history: history.history,
    test: evaluation?.test ?? null,
    confusion: evaluation?.confusion ?? {},
    parity,
    msPerStep,
    syncShare: run?.syncShare ?? null,
    wallMs: performance.now() - started,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakRssBytes: maxRSS * 1024,
    environment: { ...environment(), kernels: run?.builds ?? [] },
  };
}

/** A record in the form for a report. */
export function finishedRun(record: RunFile): FinishedRun {
  const { seed, history, test, confusion, msPerStep, wallMs, peakRssBytes } = record;
  const members = Object.fromEntries(
    Object.entries(record.members).flatMap(([name, member]) => (member.test === null ? [] : [[name, member.test]])),
  );
  const metrics = finalMetrics(history, test, members);
  return { seed, status: 'finished', history, metrics, members, confusion, msPerStep, wallMs, peakRssBytes };
}

/** The metrics on test data, `test_…`; the mean over the single members, `test_members_…`; the metrics of the last epoch. */
function finalMetrics(
  history: RunFile['history'],
  test: RunFile['test'],
  members: FinishedRun['members'],
): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const [name, value] of Object.entries(test ?? {})) metrics[`test_${name}`] = value;
  const tested = Object.values(members);
  for (const name of Object.keys(tested[0] ?? {})) {
    const sum = tested.reduce((total, scores) => total + (scores[name] ?? NaN), 0);
    metrics[MEMBERS_MEAN + name] ??= sum / tested.length; // an output may have this name
  }
  for (const [name, values] of Object.entries(history)) {
    const last = values.at(-1);
    if (last !== undefined) metrics[name] ??= last; // an output may be called `test`
  }
  return metrics;
}

/** Names of the final metrics that a run will have. */
export function finalMetricNames({ trained, assembled, test }: BuiltRun, { fit }: Config): string[] {
  const history = scoreNames(trained);
  const names = fit.validationSplit > 0 ? [...history, ...history.map((name) => `val_${name}`)] : history;
  if (test === null) return names;
  const tested = scoreNames(assembled);
  const ofMembers = Object.values(assembled.objectives).flatMap(({ metrics }) => scoresOf(metrics));
  const own = new Set([
    ...tested.map((name) => `test_${name}`),
    ...ofMembers.map((name) => MEMBERS_MEAN + name),
    ...names,
  ]);
  return [...own];
}

/** Names of the loss and the metrics of one output. */
function scoresOf(metrics: Objective['metrics']): string[] {
  return ['loss', ...metrics.map(({ metric }) => metric)];
}

/** Names of all scores, as in Keras. */
function scoreNames({ objectives }: BuiltEnsemble): string[] {
  const outputs = Object.entries(objectives);
  const own = outputs.flatMap(([name, { metrics }]) =>
    scoresOf(metrics).map((score) => scorePrefix(name, outputs.length) + score),
  );
  return [...new Set(['loss', ...own])];
}

/**
 * Sorts names of metrics, the most important ones first: test, validation, training, and in each of these the losses last. Otherwise the order
 * is kept.
 * @param first name of the metric to put first
 */
export function rankMetrics(names: readonly string[], first?: string): string[] {
  const rank = (name: string): number => {
    if (name === first) return -1;
    const data = ['test_', 'val_'].findIndex((prefix) => name.startsWith(prefix));
    return 2 * (data === -1 ? 2 : data) + (name.endsWith('loss') ? 1 : 0);
  };
  return [...names].sort((a, b) => rank(a) - rank(b));
}
