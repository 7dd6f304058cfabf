import type { StepLog } from './stepLog.js';
import { areSame, Trace, type Instruction } from './trace.js';

/**
 * Runs a step normally once, records it twice, and replays it from then on if both recordings are equal. The first step is not recorded, because
 * layers may prepare things in it. Two equal recordings show that the step does the same each time.
 */
export class RepeatedStep {
  #done = 0;
  #recording: readonly Instruction[] | null = null;
  #trace: Trace | null = null;

  constructor(
    private readonly log: StepLog,
    private readonly step: () => void,
  ) {}

  run(): void {
    if (this.#trace !== null) this.#trace.replay();
    else if (this.#done === 1) this.#recording = this.log.record(this.step);
    else if (this.#done === 2 && this.#recording !== null) this.#compare(this.#recording);
    else this.step();
    this.#done++;
  }

  #compare(first: readonly Instruction[]): void {
    const second = this.log.record(this.step);
    if (second !== null && areSame(first, second)) this.#trace = new Trace(second);
    this.#recording = null;
  }

  dispose(): void {
    this.#trace?.dispose();
  }
}
