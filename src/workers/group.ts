import { gather, rowWidth } from '../data/batch.js';
import type { Engine, StepContext } from '../engines/engine.js';
import { Lockstep, stopLockstep, type Waiting } from '../protocol/lockstep.js';
import type { Pass, PassGroup, ThreadGroup, ThreadSettings } from '../protocol/thread.js';
import { Exchange } from '../train/exchange.js';
import type { MemberInThread } from './member.js';

/** One group in one thread: runs the steps of the thread's members, and the exchange if the thread arrives last at a meeting. */
export class GroupInThread {
  /** Names of the members that are being computed, for errors; null between steps. */
  atWork: string | null = null;
  /** The regularisation loss of each member of the thread in the last pass, summed over samples. */
  readonly regularization: Record<string, number> = {};

  readonly #members: readonly MemberInThread[];
  /** Members by engine: an engine runs a step of all its members at once. */
  readonly #byEngine: readonly { engine: Engine; members: readonly MemberInThread[] }[];
  readonly #lockstep: Lockstep;
  readonly #exchange: Exchange;
  /** Targets of the batch, one array for each output. */
  #targets: readonly Float32Array[] = [];

  constructor(
    private readonly setup: ThreadGroup,
    membersOfThread: readonly MemberInThread[],
    private readonly settings: ThreadSettings,
    waiting: Waiting,
  ) {
    this.#members = membersOfThread.filter(({ name }) => setup.plan.members.includes(name));
    const engines = new Set(this.#members.map(({ engine }) => engine));
    this.#byEngine = [...engines].map((engine) => ({
      engine,
      members: this.#members.filter((member) => member.engine === engine),
    }));
    this.#lockstep = new Lockstep(setup.words, setup.parties, waiting);
    this.#exchange = new Exchange({ outputs: setup.outputs, members: setup.members }, setup.slots, settings.batchSize);
  }

  /** Runs a pass of the thread's members, in lockstep with the group's other threads. */
  run(pass: Pass, data: PassGroup): void {
    const { batchSize } = this.settings;
    for (const { name } of this.#members) this.regularization[name] = 0;
    this.#targets = data.targets.map((target) => new Float32Array(batchSize * rowWidth(target)));
    for (let done = 0; done < data.samples; done += batchSize) {
      this.#step(pass, data, done, Math.min(batchSize, data.samples - done));
    }
  }

  #step(pass: Pass, data: PassGroup, done: number, rows: number): void {
    const start = data.start + done;
    for (const { member, name } of this.#members) {
      const ends = this.setup.members.find((plan) => plan.name === name)?.inputs ?? [];
      for (const [i, end] of ends.entries()) {
        const source = data.inputs[this.setup.plan.inputs.indexOf(end)];
        const into = member.inputs[i];
        if (source !== undefined && into !== undefined) gather(source, data.order, start, rows, into);
      }
    }
    const context: StepContext = { rows, seed: this.settings.seed };
    if (pass.mode === 'train') {
      this.#train(0, context, () => {
        this.#meet(pass, data, done, rows);
      });
    } else {
      for (const { engine, members } of this.#byEngine) {
        this.atWork = namesOf(members);
        engine.infer(
          members.map(({ member }) => member),
          context,
        );
      }
      this.#meet(pass, data, done, rows);
    }
    this.atWork = null;
    for (const { member, name } of this.#members) {
      this.regularization[name] = (this.regularization[name] ?? 0) + member.regularization * rows;
    }
  }

  /** Trains the members of the engines from `index` on. Calls are nested: the exchange of an engine runs the step of the next engine. */
  #train(index: number, context: StepContext, exchange: () => void): void {
    const own = this.#byEngine[index];
    if (own === undefined) {
      exchange();
      return;
    }
    this.atWork = namesOf(own.members);
    own.engine.train(
      own.members.map(({ member }) => member),
      context,
      () => {
        this.#train(index + 1, context, exchange);
        this.atWork = namesOf(own.members);
      },
    );
  }

  /** Meets the group's other threads. The last thread to arrive does the exchange for all. */
  #meet(pass: Pass, data: PassGroup, done: number, rows: number): void {
    this.#lockstep.meet(() => {
      for (const [i, target] of data.targets.entries()) {
        const into = this.#targets[i];
        if (into !== undefined) gather(target, data.order, data.start + done, rows, into);
      }
      this.#exchange.run(this.#targets, rows, this.setup.sums, pass.mode === 'train');
      for (const [i, result] of data.results.entries()) {
        const merged = this.#exchange.merged[i];
        const size = result.length / data.samples;
        if (merged !== undefined) result.set(merged.subarray(0, rows * size), done * size);
      }
    });
  }

  /** Ends the wait of the group's other threads. */
  stop(): void {
    stopLockstep(this.setup.words);
  }

  /** Milliseconds spent in meetings since the last call. */
  takeSyncTime(): number {
    return this.#lockstep.takeSyncTime();
  }
}

function namesOf(members: readonly MemberInThread[]): string {
  return members.map(({ name }) => name).join(', ');
}
