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

/** What came of a run. */
export interface RunOutcome extends ResolvedRun {
  /** What is saved. */
  readonly ensemble: Ensemble;
  readonly history: Pick<History, 'epoch' | 'history'>;
  /** Null where training was interrupted. */
  readonly run: Training | null;
  /** Null where training was interrupted before its first step. */
  readonly msPerStep: number | null;
  interrupted: boolean;
  /** Null where there is no test data, or the run was interrupted before. */
  evaluation: Evaluation | null;
  parity: Parity | null;
  /** As `performance.now` has it. */
  readonly started: number;
}

/** What `run.json` says. */
export interface RunFile {
  /** Of this package. */
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
  /** Time on the processor, of all threads. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  readonly environment: Environment & { readonly kernels: readonly string[] };
}

interface MemberRecord {
  readonly inputs: readonly string[];
  readonly parameters: number;
  /** By itself on the test data; null where it was not tested so. */
  readonly test: Scores | null;
}

/** A run's record as it is now; its times and memory are those of this process so far. */
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

/** A record as a report shows it. */
export function finishedRun(record: RunFile): FinishedRun {
  const { seed, history, test, confusion, msPerStep, wallMs, peakRssBytes } = record;
  const members = Object.fromEntries(
    Object.entries(record.members).flatMap(([name, member]) => (member.test === null ? [] : [[name, member.test]])),
  );
  const metrics = finalMetrics(history, test, members);
  return { seed, status: 'finished', history, metrics, members, confusion, msPerStep, wallMs, peakRssBytes };
}

/** `test_…` on test data, and `test_members_…`, the mean of the members by themselves; then those of the last epoch. */
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
    metrics[MEMBERS_MEAN + name] ??= sum / tested.length; // an output may be called so
  }
  for (const [name, values] of Object.entries(history)) {
    const last = values.at(-1);
    if (last !== undefined) metrics[name] ??= last; // an output may be called `test`
  }
  return metrics;
}

/** The final metrics that a run will have. */
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

/** The loss and the metrics of one output, by name. */
function scoresOf(metrics: Objective['metrics']): string[] {
  return ['loss', ...metrics.map(({ metric }) => metric)];
}

/** Keras's names. */
function scoreNames({ objectives }: BuiltEnsemble): string[] {
  const outputs = Object.entries(objectives);
  const own = outputs.flatMap(([name, { metrics }]) =>
    scoresOf(metrics).map((score) => scorePrefix(name, outputs.length) + score),
  );
  return [...new Set(['loss', ...own])];
}

/**
 * Names of metrics in the order in which they are worth looking at: what was tested before what was trained on, accuracies before losses, else
 * as they came.
 * @param first the one to begin with
 */
export function rankMetrics(names: readonly string[], first?: string): string[] {
  const rank = (name: string): number => {
    if (name === first) return -1;
    const data = ['test_', 'val_'].findIndex((prefix) => name.startsWith(prefix));
    return 2 * (data === -1 ? 2 : data) + (name.endsWith('loss') ? 1 : 0);
  };
  return [...names].sort((a, b) => rank(a) - rank(b));
}
