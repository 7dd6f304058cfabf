import { engineCatalog } from '../engines/catalog.js';
import type { SharedArray } from '../protocol/data.js';
import { allocateBell, Bell } from '../protocol/bell.js';
import { resetSteps, stopLockstep } from '../protocol/lockstep.js';
import type { GroupPlan } from '../protocol/plan.js';
import type { OpenReport, Outcome, Pass, PassReport, ThreadGroup } from '../protocol/thread.js';
import type { BoundData } from '../plan/bind.js';
import type { Crew, Thread } from './crew.js';
import { aborted, nameMembers, revive } from './failure.js';
import { scores } from '../train/scores.js';
import { shareGroup } from './memory.js';
import { assignMembers, haveCores } from './threads.js';
import type { PassRange, PassRequest, PassResult, SessionOptions } from './pass.js';
import { STOP_GRACE_MS, watchOpening, watchPass } from './watch.js';

/** A thread with its members, by name, and their groups, by index in the plan. */
interface ThreadShare {
  readonly thread: Thread;
  readonly members: readonly string[];
  readonly groups: readonly number[];
}

/** The threads that work on one `fit`, `evaluate` or `predict`. It is opened for the call and closed at its end. */
export class Session implements AsyncDisposable {
  readonly #assigned: readonly string[][];
  readonly #groups: readonly ThreadGroup[];
  readonly #bell: Int32Array<SharedArrayBuffer>;
  #threads: readonly ThreadShare[] = [];
  #broken = false;
  /** Whether the members' states are those of whole steps. An abort keeps them whole; the failure of a thread does not. */
  get intact(): boolean {
    return !this.#broken;
  }
  /** The build of each engine in use. */
  builds: readonly string[] = [];

  private constructor(
    private readonly options: SessionOptions,
    private readonly crew: Crew,
  ) {
    const { plan, engines, settings } = options;
    this.#bell = allocateBell(haveCores(settings.threads, engines));
    this.#assigned = assignMembers(
      plan.members.map((member) => member.name),
      settings.threads,
    );
    this.#groups = plan.groups.map((group) => shareGroup(group, options, this.#assigned));
  }

  static async open(options: SessionOptions, crew: Crew): Promise<Session> {
    const session = new Session(options, crew);
    try {
      await session.#open();
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  async #open(): Promise<void> {
    const { plan, compiled, trains, states, engines, settings, setup } = this.options;
    this.#threads = (await this.crew.take(settings.threads, engines)).map((thread, i) => {
      const members = this.#assigned[i] ?? [];
      const groups = plan.groups.flatMap((group, g) =>
        group.members.some((name) => members.includes(name)) ? [g] : [],
      );
      return { thread, members, groups };
    });
    const loadsAlone = engineCatalog.usedBy(engines).some((engine) => engine.loadsAlone);
    const shared = this.crew.share(this.options, this.#groups, this.#bell);
    const watch = watchOpening(this.options);
    const ask = ({ thread, members, groups }: ThreadShare): Promise<Outcome<OpenReport>> => {
      const setups = plan.members
        .filter((member) => members.includes(member.name))
        .map((member) => ({
          plan: member,
          optimizer: trains ? (compiled?.optimizers[member.name] ?? null) : null,
          engine: required(engines[member.name]),
          state: required(states[member.name]),
          memory: shared.find(({ plan: { name } }) => name === member.name)?.memory ?? null,
        }));
      return thread.call<Outcome<OpenReport>>((api) =>
        api.open({
          members: setups,
          groups: groups.map((g) => required(this.#groups[g])),
          settings,
          shared: shared.filter(({ plan: { name } }) => !members.includes(name)),
          bell: this.#bell,
          setupModule: setup,
        }),
      );
    };
    try {
      const reports = await this.#all(loadsAlone ? (share) => afterTheOthers(() => ask(share)) : ask, watch.failed);
      this.builds = [...new Set(reports.flatMap((report) => report.builds))];
    } finally {
      watch.end();
    }
  }

  /**
   * Runs a pass to its end.
   * @throws EnsembleError `ABORTED` after the signal: the members' states are those of the last whole step of each group.
   *   `MEMBER_FAILED`, `THREAD_DIED`, `STEP_TIMEOUT`, `LOSS_NOT_FINITE`: the members' states are not those of whole steps.
   */
  async run(request: PassRequest): Promise<PassResult> {
    const started = performance.now();
    for (const { words, sums } of this.#groups) {
      resetSteps(words);
      sums.fill(0);
    }
    new Bell(this.#bell).reset();
    const watch = watchPass(this.#groups, request, this.options, () => {
      this.#stop();
    });
    try {
      const parts = this.options.plan.groups.map((group, g) => passGroup(group, required(request.ranges[g]), request));
      const reports = await this.#all(({ thread, groups }) => {
        const pass: Pass = {
          mode: request.mode,
          groups: groups.map((g) => required(parts[g])),
        };
        return thread.call<Outcome<PassReport>>((api) => api.run(pass));
      }, watch.failed);
      if (reports.some((report) => report.stopped)) throw aborted(this.options.signal);
      watch.look();
      return this.#result(request, reports, performance.now() - started);
    } finally {
      watch.end();
    }
  }

  #result(request: PassRequest, reports: readonly PassReport[], wallMs: number): PassResult {
    const regularization = Object.assign({}, ...reports.map((report) => report.regularization)) as Record<
      string,
      number
    >;
    return {
      scores: scores(
        this.#groups,
        regularization,
        request.ranges.map((range) => range.samples),
      ),
      wallMs,
      busyMs: reports.reduce((sum, report) => sum + report.wallMs - report.syncMs, 0),
    };
  }

  /**
   * Calls all threads. The first failure stops the other threads. It is thrown when they have stopped, or after {@link STOP_GRACE_MS}.
   * @param failed rejects if the caller must not wait for the threads any longer
   */
  async #all<T>(ask: (share: ThreadShare) => Promise<Outcome<T>>, failed: Promise<never>): Promise<T[]> {
    const calls = this.#threads.map(async (entry) => {
      try {
        const outcome = await ask(entry);
        if (outcome.ok) return outcome.value;
        throw revive(outcome.error);
      } catch (error) {
        throw nameMembers(error, entry.members);
      }
    });
    try {
      return await Promise.race([Promise.all(calls), failed]);
    } catch (error) {
      this.#broken = true;
      this.#stop();
      new Bell(this.#bell).break();
      await withinGrace(Promise.race([Promise.allSettled(calls), failed.catch(() => undefined)]));
      throw error;
    }
  }

  /** Ends the pass: every thread leaves its step at the next meeting of its group. */
  #stop(): void {
    for (const { words } of this.#groups) stopLockstep(words);
    new Bell(this.#bell).ring();
  }

  /** Releases the threads. After a failure it ends them, because their state is unknown. Never rejects. */
  async close(): Promise<void> {
    if (!this.#broken) {
      await Promise.allSettled(this.#threads.map(({ thread }) => thread.release()));
      if (this.#threads.every(({ thread }) => thread.state === 'free')) return;
    }
    await this.crew.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function withinGrace(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise((resolve) => (timer = setTimeout(resolve, STOP_GRACE_MS)));
  await Promise.race([work, grace]);
  clearTimeout(timer);
}

/** The last load of an engine that loads alone, in any ensemble of this process. */
let loading: Promise<unknown> = Promise.resolve();

function afterTheOthers<T>(load: () => Promise<T>): Promise<T> {
  const answer = loading.then(load);
  // The caller gets the error; the next load goes on.
  loading = answer.catch(() => undefined);
  return answer;
}

function passGroup(group: GroupPlan, range: PassRange, request: PassRequest): Pass['groups'][number] {
  const pick = (names: readonly string[], bound: BoundData): SharedArray[] =>
    names.map((name) => required(bound[name]));
  return {
    ...range,
    inputs: pick(group.inputs, request.inputs),
    targets: request.mode === 'predict' ? [] : pick(group.outputs, request.targets),
    results: request.results === undefined ? [] : group.outputs.map((name) => required(request.results?.[name])),
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A plan is inconsistent.');
  return value;
}
