import type { Engine, MemberSlots } from '../engines/engine.js';
import { createEngine } from '../engines/index.js';
import { EnsembleError } from '../errors.js';
import { Bell } from '../protocol/bell.js';
import { Stopped } from '../protocol/lockstep.js';
import type {
  ErrorReport,
  OpenReport,
  Outcome,
  Pass,
  PassReport,
  ThreadApi,
  ThreadGroup,
  ThreadMember,
  ThreadSetup,
} from '../protocol/thread.js';
import { reportError } from './errors.js';
import { GroupInThread } from './group.js';
import { Idle } from './idle.js';
import type { MemberInThread } from './member.js';

/** A thread's side of a session: its members and their groups. */
export class ThreadSession implements ThreadApi {
  readonly #engines = new Map<string, Engine>();
  readonly #members: MemberInThread[] = [];
  #groups: GroupInThread[] = [];
  /** The session's bell, and how this thread waits for it; null before `open`. */
  #waiting: { readonly bell: Bell; readonly idle: Idle; readonly threads: number } | null = null;

  /** @param onClose called when the coordinator closes the session */
  constructor(private readonly onClose: () => void) {}

  async open(setup: ThreadSetup): Promise<Outcome<OpenReport>> {
    let opening: string | null = null;
    try {
      if (setup.setupModule !== null) await importSetup(setup.setupModule);
      for (const member of setup.members) {
        opening = member.plan.name;
        this.#members.push(await this.#create(member, setup));
      }
      for (const name of new Set(setup.shared.map(({ engine }) => engine))) {
        const engine = await this.#engine(name, setup);
        engine.assist?.(setup.shared.filter((member) => member.engine === name));
      }
      opening = null;
      const bell = new Bell(setup.bell);
      const idle = new Idle(bell, () => [...this.#engines.values()].some((engine) => engine.help?.() === true));
      this.#waiting = { bell, idle, threads: setup.settings.threads };
      this.#groups = setup.groups.map((group) => new GroupInThread(group, this.#members, setup.settings, idle));
    } catch (error) {
      return { ok: false, error: reportError(error, opening) };
    }
    return { ok: true, value: { builds: [...this.#engines.values()].map((engine) => engine.build) } };
  }

  async #create(
    { plan, optimizer, engine: name, state, memory }: ThreadMember,
    setup: ThreadSetup,
  ): Promise<MemberInThread> {
    const engine = await this.#engine(name, setup);
    const slots = slotsOf(plan.name, setup.groups);
    const member = await engine.create({ plan, optimizer, batchSize: setup.settings.batchSize, slots, memory });
    return { name: plan.name, engine, member, state };
  }

  async #engine(name: string, { settings, setupModule }: ThreadSetup): Promise<Engine> {
    const engine = this.#engines.get(name) ?? (await createEngine(name, settings.simd, setupModule !== null));
    this.#engines.set(name, engine);
    return engine;
  }

  run(pass: Pass): Promise<Outcome<PassReport>> {
    return Promise.resolve(this.#run(pass));
  }

  #run(pass: Pass): Outcome<PassReport> {
    const started = performance.now();
    let stopped = false;
    let syncMs: number;
    try {
      for (const { member, state } of this.#members) member.load(state);
      for (const [i, group] of this.#groups.entries()) {
        const part = pass.groups[i];
        if (part !== undefined) group.run(pass, part);
      }
      if (pass.mode === 'train') this.#storeWeights();
      syncMs = this.#awaitOthers();
    } catch (error) {
      if (!(error instanceof Stopped)) return { ok: false, error: this.#fail(error) };
      stopped = true;
      if (pass.mode === 'train') for (const { member, state } of this.#members) member.store(state);
      syncMs = this.#awaitOthers();
    }
    return {
      ok: true,
      value: {
        stopped,
        regularization: Object.assign({}, ...this.#groups.map((group) => group.regularization)) as Record<
          string,
          number
        >,
        wallMs: performance.now() - started,
        syncMs,
      },
    };
  }

  /**
   * Stores the members' states. Weights can be infinite or NaN after the last step although its loss was finite, so they are checked.
   * @throws EnsembleError `LOSS_NOT_FINITE`
   */
  #storeWeights(): void {
    for (const { name, member, state } of this.#members) {
      member.store(state);
      if (areFinite(state.weights)) continue;
      throw new EnsembleError(
        'LOSS_NOT_FINITE',
        `The weights of member "${name}" are no longer finite numbers. Use a smaller learning rate.`,
      );
    }
  }

  /**
   * Waits until all threads are at the end of the pass, and helps the others meanwhile.
   * @returns milliseconds of the pass in which this thread had nothing to do or was in an exchange
   */
  #awaitOthers(): number {
    if (this.#waiting === null) return 0;
    const { bell, idle, threads } = this.#waiting;
    const started = performance.now();
    bell.finish();
    idle.until(() => bell.finished === threads || bell.isBroken);
    const waitedMs = performance.now() - started - idle.takeHelpTime();
    return this.#groups.reduce((sum, group) => sum + group.takeSyncTime(), waitedMs);
  }

  /** Ends the other threads' waits for this thread. */
  #fail(error: unknown): ErrorReport {
    for (const group of this.#groups) group.stop();
    this.#waiting?.bell.break();
    return reportError(error, this.#groups.find((group) => group.atWork !== null)?.atWork ?? null);
  }

  close(): Promise<void> {
    for (const engine of this.#engines.values()) engine.close();
    this.#engines.clear();
    this.onClose();
    return Promise.resolve();
  }
}

/** A loop by index, because it is fast: 160,000 weights take 0.1 ms in each epoch, and 1 ms with `every` or `for … of`. */
function areFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = values.length - 1; i >= 0; i--) sum += (values[i] ?? 0) * 0; // NaN if the weight is NaN or infinite
  return sum === 0;
}

async function importSetup(url: string): Promise<void> {
  try {
    await import(url);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnsembleError(
      'SETUP_MODULE',
      `Expected \`setup\` to be a module that every worker thread can import. Received: ${url}, which fails: ${reason}`,
      { cause },
    );
  }
}

function slotsOf(member: string, groups: readonly ThreadGroup[]): MemberSlots {
  for (const group of groups) {
    const slots = group.slots[group.plan.members.indexOf(member)];
    if (slots !== undefined) return slots;
  }
  throw new Error(`Member ${member} has no place in shared memory`);
}
